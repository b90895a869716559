import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { AttentionItem } from '../../shared/model/attention.ts';
import { type System, startSystem } from '../harness/system.ts';
import { type Run, run, startRun } from './fixtures/command-line.ts';

/** `--watch` in a pipe: everything once at first, then only news. */

let system: System;
const watches: Run[] = [];

test.before(async () => {
  system = await startSystem({ config: '[ops.asks]\ntimeoutMs = 1500\n' });
  const ops = { asks: 'while :; do sleep 0.1; done', greet: 'echo hello', fail: 'exit 3' };
  await system.addHost('web1', { ops });
  await system.addHost('away', { starts: false });
});
test.after.each(async () => {
  for (const { child, ended } of watches.splice(0)) {
    child.kill('SIGINT');
    await ended;
  }
});
test.after(async () => {
  await run(system, 'kill --all --yes');
  await system.close();
});

function watch(line: string, env?: Record<string, string>): Run {
  const running = startRun(system, line, env);
  watches.push(running);
  return running;
}

const says = (running: Run, pattern: RegExp, from: 'out' | 'err' = 'out') =>
  waitFor(
    `${pattern}`,
    () => running.soFar[from],
    (seen) => pattern.test(seen),
  );

const asking = async (): Promise<string> => {
  const id = await system.dispatch('asks', 'web1');
  await system.command(id, ({ timeoutStatus }) => timeoutStatus === 'TIMED_OUT');
  return id;
};

test('hosts: each is printed once at first, then at each change of its state, and not at a heartbeat', async () => {
  const watching = watch('hosts --watch --utc');
  await says(watching, /Z – away offline\n/);
  await says(watching, /Z \? web1 unknown\n/);
  const id = await asking();
  // The command's phase is printed on a line of its own, or only with the question.
  await says(watching, /Z ◐ web1 working: asks EXECUTING 0:0\d( {2}run)?\n/);
  await says(watching, /Z ▲ web1 needs you: asks EXECUTING TIMED_OUT 0:0\d {2}run\n/);
  assert.is((await run(system, `kill ${id} --yes`)).status, 0);
  await says(watching, /web1 working: asks KILLING[\s\S]+Z \? web1 unknown\n$/);
  await system.run('fail', 'web1');
  await says(
    watching,
    /Z ✕ web1 failed: fail ERROR just now {2}0:0\d {2}exit 3; read: switchyard logs [0-9a-f-]{36}\n$/,
  );
  const lines = watching.soFar.out.trimEnd().split('\n');
  const words = lines.map((line) => line.replace(/^\S+ /, '').replace(/ 0:\d\d/, ''));
  words.forEach((line, at) => {
    assert.is.not(line, words[at - 1], 'nothing is said twice');
  });
});

test('hosts: an untracked command that still runs is printed, and ended by its host', async () => {
  const id = await asking();
  assert.is((await run(system, `answer ${id} ignore`)).status, 0);
  const { out } = await run(system, 'hosts --on web1');
  assert.match(
    out,
    new RegExp(`◐ web1 +working .+asks still runs, untracked; to end it: switchyard kill ${id}; asks TIMEOUT`),
  );
  assert.is((await run(system, 'kill --on web1 --yes')).status, 0);
  const shown = await waitFor(
    'its late result',
    async () => (await run(system, `show ${id}`)).out,
    (text) => text.includes('it went on until'),
  );
  assert.not.match(shown, /stays busy/);
});

test('hosts: an added and removed host is printed', async () => {
  const watching = watch('hosts --watch');
  const json = watch('hosts --watch --json');
  const events = watch('events --watch --limit 1');
  await says(events, /\n/);
  await says(watching, /away/);
  await says(json, /"away"/);
  assert.is((await run(system, 'host add new1')).status, 0);
  await says(watching, / – new1 offline\n/);
  assert.is((await run(system, 'host rm new1 --yes')).status, 0);
  await says(watching, / – new1 removed\n$/);
  await says(events, / · new1 was added[\s\S]+ · new1 was removed/);
  await says(json, /\{"type":"host_removed","hostId":"[0-9a-f-]{36}"\}\n/);
});

test('attention: what waits at first, what begins to, and what is settled', async () => {
  const id = await asking();
  const watching = watch('attention --watch');
  const json = watch('attention --watch --json');
  await says(
    watching,
    /▲ web1 {2}timed out {2}just now {2}switchyard answer web1 wait 5m {2}asks is over its 2 s limit/,
  );
  await says(json, new RegExp(id));
  assert.is((await run(system, `answer ${id} wait 5m`)).status, 0);
  await says(watching, /· web1 timed out is settled\n$/);
  await says(json, /\n\[\]\n$/);
  const [first] = JSON.parse(json.soFar.out.split('\n')[0] ?? '');
  assert.equal(Object.keys(first).sort(), Object.keys(AttentionItem.properties).sort());
  assert.is((await run(system, `kill ${id} --yes`)).status, 0);
  await says(watch('attention --watch'), /Nothing needs you\.\n$/);
});

test('an answer that comes second says whose was first', async () => {
  const id = await asking();
  assert.is((await run(system, `answer ${id} wait 5m`)).status, 0);
  const second = await run(system, `answer ${id} ignore`);
  assert.is(second.status, 1);
  assert.match(second.err, /not_timed_out: admin answered first: waits 5 min more\n/);
  assert.is((await run(system, `kill ${id} --yes`)).status, 0);
  const late = await run(system, `answer ${id} ignore`);
  assert.match(late.err, /not_timed_out: The command is KILLED/, 'more time is not what it ended by');
});

test('a restart of the coordinator: said when it goes and comes, and what changed meanwhile is news', async () => {
  const proxy = await system.addProxy();
  const through = { SWITCHYARD_SERVER: proxy.address };
  const hosts = watch('hosts --watch', through);
  const events = watch('events --watch --limit 1 --json', through);
  await says(hosts, /web1/);
  await says(events, /\n/);
  proxy.down();
  await says(hosts, /^no connection; trying again\n$/, 'err');
  const told = hosts.soFar.out.length;
  await system.coordinator.kill('SIGKILL');
  await system.coordinator.start();
  await waitFor(
    'web1 is back',
    () => system.api.host('web1'),
    ({ online }) => online,
  );
  await system.run('fail', 'web1');
  // More than a whole state has.
  for (let sent = 0; sent < 120; sent += 1) await system.api.dispatch({ op: 'greet', hosts: ['away'] });
  proxy.up();
  await says(hosts, /connected again\n$/, 'err');
  await waitFor('the news', () => /web1 failed: fail ERROR/.test(hosts.soFar.out.slice(told)));
  const last = (await system.api.events(`?before=${Number.MAX_SAFE_INTEGER}&limit=1`))[0]?.id ?? 0;
  const ids = () =>
    events.soFar.out
      .trimEnd()
      .split('\n')
      .map((line): number => JSON.parse(line).id);
  await waitFor('the last event', () => ids().at(-1) === last);
  const [first = 0] = ids();
  assert.ok(last - first > 120, `${first} to ${last}`);
  assert.equal(
    ids(),
    Array.from({ length: last - first + 1 }, (_, n) => first + n),
    'each once, in order',
  );
});

test('a token that is taken away ends a watch at once', async () => {
  const watching = startRun(system, 'hosts --watch');
  await says(watching, /web1/);
  const { tokenFile } = system.coordinator;
  const token = readFileSync(tokenFile, 'utf8');
  const startWith = async (other: string) => {
    await system.coordinator.kill('SIGTERM');
    writeFileSync(tokenFile, other);
    await system.coordinator.start();
  };
  await startWith(`${'n'.repeat(43)}\n`);
  const { status, err } = await watching.ended;
  await startWith(token);
  assert.is(status, 4);
  assert.match(err, /unauthorized/);
});

test.run();
