import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type System, startSystem } from '../harness/system.ts';
import { run, startRun } from './fixtures/command-line.ts';

let system: System;

const OPS = {
  greet: 'echo hello',
  fail: 'echo no >&2; exit 3',
  pull: 'echo pulled',
  slow: 'while :; do sleep 0.1; done',
  asks: 'while :; do sleep 0.1; done',
};

test.before(async () => {
  system = await startSystem({ config: '[ops.asks]\ntimeoutMs = 500\n' });
  await system.addHost('web1', { ops: OPS });
  await system.addHost('away', { ops: OPS, starts: false });
});
test.after(() => system.close());

const status = async (line: string, env?: Record<string, string>) => {
  const ended = await run(system, line, env);
  return ended.status;
};

const quiet = async () => {
  await run(system, 'kill --on web1 --signal SIGKILL --yes');
};

test('0: every command ended SUCCESS, or what was asked for was shown', async () => {
  assert.is(await status('run greet --on web1'), 0);
  for (const line of [
    'hosts',
    'commands',
    'attention',
    'events',
    'target',
    'show web1',
    'logs web1',
    '--help',
    '--version',
  ])
    assert.is(await status(line), 0, line);
});

test('an unencrypted server is reported once, on stderr, and changes neither output nor status', async () => {
  const { status, out, err } = await run(system, 'hosts --json', { SWITCHYARD_SERVER: 'http://0.0.0.0:1' });
  assert.equal([status, out], [7, '']);
  assert.match(err, /^switchyard: warning: SWITCHYARD_SERVER: http:\/\/0\.0\.0\.0:1 is not encrypted, .*\n[^\n]+\n$/);
});

test('a host can be killed by its name; an unknown verb or host is refused with what to type', async () => {
  await run(system, 'run slow --on web1 --detach');
  await waitFor(
    'it to run',
    () => system.api.host('web1'),
    ({ report }) => report?.running?.op === 'slow',
  );
  const killed = await run(system, 'kill web1 --signal SIGKILL --yes');
  assert.equal([killed.status, /kill SUCCESS/.test(killed.out)], [0, true], killed.out + killed.err);
  const reboot = await run(system, 'reboot --on web1');
  assert.equal([reboot.status, reboot.err], [2, 'switchyard reboot is an op: switchyard run reboot --on web1\n']);
  const nobody = await run(system, 'run greet --on qqqqqqqq');
  assert.match(nobody.err, /no host has the id or name "qqqqqqqq"; the hosts are away, web1$/m);
  const untagged = await run(system, 'run greet --tag qqqqqqqq');
  assert.match(untagged.err, /no host has the tag qqqqqqqq$/m);
  const unknown = await run(system, 'run qqqqqqqq --on web1');
  assert.match(unknown.err, /no host knows the op qqqqqqqq; the ops are asks, .*greet/);
});

test('several that ask are answered at once; what was not asked is said, and does not stop the others', async () => {
  await run(system, 'run asks --on web1 --detach');
  const { commandId } = await waitFor(
    'it to ask',
    async () => (await system.api.attention())[0] ?? { kind: 'none', commandId: null },
    ({ kind }) => kind === 'timed_out',
  );
  const { out: waits } = await run(system, 'attention');
  assert.match(waits, /switchyard answer web1 wait 5m.*\n {4}it has never succeeded here; /);
  const { status: ended, out, err } = await run(system, `answer ${commandId},${commandId} wait 5m`);
  assert.equal([ended, out.trimEnd().split('\n').length], [1, 1], out);
  assert.match(err, /^web1: not_timed_out: /m);
  await quiet();
});

test('a failure needs somebody, and its line says so', async () => {
  await run(system, 'run fail --on web1');
  const { out } = await run(system, 'attention');
  assert.match(out, /^✕ web1 +failed +just now +switchyard logs \S+ +fail failed: Exited with status 3: no$/m);
  await run(system, 'run greet --on web1');
  assert.not.match((await run(system, 'attention')).out, /web1 +failed/);
});

test('1: a bad end, and of several it comes before what never ran', async () => {
  assert.is(await status('run fail --on web1'), 1);
  assert.is(await status('run fail --on web1,away'), 1);
});

test('2: wrongly typed, or meant for a host or an op that is not there', async () => {
  const lines = [
    '',
    'frobnicate',
    'run',
    'run greet',
    'run greet --on nobody',
    'run gret --on web1',
    'run nonsense --on web1',
  ];
  for (const line of lines) assert.is(await status(line), 2, line);
  assert.is(await status('host rm web1'), 2, 'nobody can be asked');
  assert.is(await status('run greet --all'), 2, 'nobody can be asked');
  assert.is(await status('hosts', { SWITCHYARD_API_TOKEN: '' }), 2);
  for (const verb of ['kill', 'cancel']) assert.is(await status(`${verb} qqqqqqqq --yes`), 2, verb);
});

test('3: not proved', async () => {
  assert.is(await status('run pull --on web1'), 3);
});

test('4: not allowed', async () => {
  assert.is(await status('hosts', { SWITCHYARD_API_TOKEN: 'wrong' }), 4);
  assert.is(await status('run greet --on web1', { SWITCHYARD_API_TOKEN: 'wrong' }), 4);
});

test('5: nothing ran, also beside what succeeded', async () => {
  assert.is(await status('run greet --on away'), 5);
  assert.is(await status('run greet --on web1,away'), 5);
  for (const line of ['kill --on web1', 'kill web1', 'cancel web1']) {
    const { status: ended, err } = await run(system, line);
    assert.is(ended, 5, `${line}: ${err}`);
  }
  assert.is(await status('run greet --on away --detach'), 5);
  assert.is(await status('run greet --on away --queue 1s'), 5);
});

test('6: still running when patience ends, or waiting for an answer that nobody can give here', async () => {
  const slow = await run(system, 'run slow --on web1 --wait-timeout 1s');
  assert.is(slow.status, 6);
  assert.match(slow.err, /Still running after 1 s: slow on web1\nTo watch again: switchyard show \S+ --watch/);
  await quiet();
  const asks = await run(system, 'run asks --on web1');
  assert.is(asks.status, 6);
  assert.match(asks.err, /Waiting for an answer: asks on web1/);
  await quiet();
});

test('7: the coordinator cannot be reached', async () => {
  const nobody = { SWITCHYARD_SERVER: 'http://127.0.0.1:2' };
  for (const line of ['hosts', 'run greet --on web1', 'events', 'logs web1'])
    assert.is(await status(line, nobody), 7, line);
});

test('130: Ctrl-C detaches, says so, and what was dispatched goes on', async () => {
  const watching = startRun(system, 'run slow --on web1');
  await waitFor('it runs', () => watching.soFar.err.includes('EXECUTING'));
  watching.child.kill('SIGINT');
  const ended = await watching.ended;
  assert.is(ended.status, 130);
  assert.match(ended.err, /Detached; it goes on: slow on web1\nTo watch again: switchyard show (\S+) --watch/);
  const [, dispatch] = /show (\S+) --watch/.exec(ended.err) ?? [];
  const again = startRun(system, `show ${dispatch} --watch`);
  await waitFor('it is watched again', () => again.soFar.err.includes('EXECUTING'));
  assert.is(await status('kill --on web1 --yes'), 0);
  assert.is((await again.ended).status, 1);
});

test('130: Ctrl-C also ends the waiting for a coordinator that takes a connection and says nothing', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  for (const line of ['commands', 'hosts', 'events --watch']) {
    const asked = sockets.size;
    const running = startRun(system, line, { SWITCHYARD_SERVER: `http://127.0.0.1:${port}` });
    await waitFor('its question', () => sockets.size > asked);
    running.child.kill('SIGINT');
    const { status: exit, err } = await running.ended;
    assert.is(exit, 130, `${line}: ${err}`);
    assert.match(err, /interrupted\n$/);
  }
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

test.run();
