import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCommandLine } from './command-line.ts';
import { FLAGS, flagOf } from './grammar/flags.ts';
import { helpOf, overview } from './grammar/help.ts';
import { VERBS } from './verbs.ts';

const read = (line: string) => readCommandLine(VERBS, line.split(' ').filter(Boolean));

/** The verb's name and its words and flags. */
const meant = (line: string) => {
  const typed = read(line);
  return typed.kind === 'verb' ? [typed.verb.name, typed.words, typed.flags] : typed;
};

const fault = (line: string): string => {
  const typed = read(line);
  return typed.kind === 'fault' ? typed.fault : typed.kind;
};

test('words and flags stand in any order, lists add up', () => {
  assert.equal(meant('run switch --on web1,web2 --on mac1 --queue 2h --force'), [
    'run',
    ['switch'],
    { on: ['web1', 'web2', 'mac1'], queue: 7_200_000, force: true },
  ]);
  assert.equal(meant('run --on=web1 -y switch'), ['run', ['switch'], { on: ['web1'], yes: true }]);
  assert.equal(meant('host add web1 --tag a,b'), ['host add', ['web1'], { tag: ['a', 'b'] }]);
  assert.equal(meant('answer web2 wait 10m'), ['answer', ['web2', 'wait', '10m'], {}]);
  assert.equal(meant('commands --status error,Timeout --limit 5'), [
    'commands',
    [],
    { status: ['ERROR', 'TIMEOUT'], limit: 5 },
  ]);
});

test('a commit takes its whole id', () => {
  const commit = 'a1'.repeat(20);
  assert.equal(meant(`run pull --on web1 --commit ${commit} --allow-older`), [
    'run',
    ['pull'],
    { on: ['web1'], commit, allowOlder: true },
  ]);
  assert.is(
    fault('run pull --commit a1a1a1a'),
    'run: --commit takes a full commit id: 40 or 64 hex digits, not "a1a1a1a"',
  );
});

test('a fault is one line that names it and the valid values', () => {
  assert.is(fault('run'), 'run: it takes OP');
  assert.is(fault('run switch web1'), 'run: it takes OP, not also "web1"; hosts go with --on');
  assert.is(fault('hosts web1'), 'hosts: it takes no words, not "web1"');
  assert.is(fault('run switch --queue soon'), 'run: --queue takes a duration such as 90s, 5m or 2h, not "soon"');
  assert.is(fault('run switch --confirm 1s'), 'run: --confirm takes a duration from 2s to 1h, not "1s"');
  assert.is(fault('run switch --queue'), 'run: --queue takes a duration such as 90s, 5m or 2h');
  assert.is(fault('run switch --on --yes'), 'run: --on takes names, separated by commas');
  assert.is(fault('run switch --on web1,'), 'run: --on takes names, separated by commas, not "web1,"');
  assert.is(fault('run switch --force=yes'), 'run: --force takes no value');
  assert.is(fault('kill --signal SIGHUP'), 'kill: --signal takes SIGTERM or SIGKILL, not "SIGHUP"');
  assert.is(fault('dispatches --rollout nightly'), 'dispatches: --rollout takes the id of a rollout, not "nightly"');
  assert.is(fault('hosts --force'), 'hosts: --force is not one of its flags; see switchyard hosts --help');
});

test('a typo gets the probable word', () => {
  assert.is(fault('hots'), 'hots is not a command; did you mean hosts?');
  assert.is(fault('cancle'), 'cancle is not a command; did you mean cancel?');
  assert.is(fault('frobnicate'), 'frobnicate is not a command; see switchyard --help');
  assert.is(fault('reboot --on web1'), 'reboot is an op: switchyard run reboot --on web1');
  assert.is(fault('host ad web1'), 'host takes add, rm, token, not ad; did you mean add?');
  assert.is(fault('run switch --forec'), 'run: --forec is not one of its flags; did you mean --force?');
});

test('help is there for everything, for a group and for each verb, wherever --help stands', () => {
  assert.equal(read(''), { kind: 'help', verb: null, group: null });
  assert.equal(read('host'), { kind: 'help', verb: null, group: 'host' });
  assert.equal(read('--version'), { kind: 'version' });
  const shown = VERBS.filter(({ hidden }) => !hidden);
  for (const verb of shown) {
    for (const line of [`${verb.name} --help`, `${verb.name} --nonsense -h`, `help ${verb.name}`]) {
      const typed = read(line);
      assert.ok(line.includes('--nonsense') || (typed.kind === 'help' && typed.verb === verb), line);
    }
    const help = helpOf(verb);
    for (const flag of Object.keys(verb.flags)) assert.ok(help.includes(flagOf(flag)), `${verb.name} ${flag}`);
    assert.ok(overview(VERBS, null).includes(verb.summary));
  }
});

test('waves and failures are counts or percents', () => {
  assert.equal(meant('rollout start pull --on a --waves 1,10%,100% --max-failures 10% --soak 10m'), [
    'rollout start',
    ['pull'],
    { on: ['a'], waves: [{ count: 1 }, { percent: 10 }, { percent: 100 }], maxFailures: '10%', soak: 600_000 },
  ]);
  for (const line of [
    '--waves 0',
    '--waves 1,,2',
    '--waves 101%',
    '--waves x',
    '--max-failures -1',
    '--max-failures 101%',
  ])
    assert.match(fault(`rollout start pull --on a ${line}`), / takes /);
});

test('each verb, and each flag, of docs/cli.md is there', () => {
  const names = new Set(VERBS.map(({ name }) => name));
  const verbs =
    'hosts,host add,host rm,host token,run,kill,keep,undo,cancel,answer,logs,commands,show,attention,events,target,completion';
  for (const name of verbs.split(',')) assert.ok(names.has(name), name);
  const run = Object.keys(VERBS.find(({ name }) => name === 'run')?.flags ?? {}).map(flagOf);
  const flags =
    '--on --tag --where --all --watch --detach --wait-timeout --no-wait --queue --commit --allow-older --guard --confirm --keep --force --yes --json --utc';
  assert.equal(run.sort(), flags.split(' ').sort());
  const used = new Set(VERBS.flatMap(({ flags: own }) => Object.keys(own)));
  assert.equal([...used].sort(), Object.keys(FLAGS).sort(), 'no flag that nothing takes');
});

test.run();
