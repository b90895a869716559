import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId, newId } from '../../shared/ids.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';
import { type Launcher, processLauncher } from '../launch/launcher.ts';
import { createDummy } from '../platforms/dummy.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

const types = () => rig.frames.map(({ type }) => type);
const count = (type: AgentFrame['type']) => types().filter((other) => other === type).length;
const ready = (id: string) => waitFor(`${id} to be ready`, () => rig.output(id).includes('ready'));
const spooled = () => readdirSync(rig.state.spoolDir);

/** From now on a launch takes until this is resolved. */
async function launchesWait() {
  const launch = Promise.withResolvers<void>();
  const slow: Launcher = {
    ...processLauncher,
    start: async (...args) => {
      await launch.promise;
      return processLauncher.start(...args);
    },
  };
  await rig.reopen({ launcher: slow });
  return launch;
}

test('the accept, the start, the phases and the end of a command are reported in this order', async () => {
  const id = rig.run(['echo one; sleep 0.1', 'echo two >&2; exit 3', 'echo never'], {
    phases: ['build', 'set', 'no'],
  });
  const exited = await rig.exited(id);
  const { startedAt, endedAt, exitInstanceId, ...rest } = exited;
  const evidence = { failedStep: { phase: 'set', activation: false }, errorLine: { offset: 4, text: 'two' } };
  assert.equal(rest, { id, exitCode: 3, signal: null, lost: false, outputBytes: 8, kill: null, evidence });
  assert.ok(startedAt !== null && startedAt <= endedAt);
  assert.ok(exitInstanceId);
  assert.is(rig.output(id).toString(), 'one\ntwo\n');
  assert.equal(types().slice(0, 3), ['command.accepted', 'command.started', 'command.progress']);
  assert.is(types().at(-1), 'command.exited');
  assert.is((await rig.frame(id, 'command.progress')).phase, 'build');
});

test("a step's progress is reported, the last of it before the end", async () => {
  const say = (text: string) =>
    `echo '{"current":1,"total":2,"text":"${text}"}' >p; mv p "$SWITCHYARD_EVIDENCE_DIR/progress"`;
  const gate = join(rig.dir, 'gate');
  const id = rig.run([`${say('one')}; until [ -e ${gate} ]; do sleep 0.01; done; ${say('two')}; exit 3`, 'echo never']);
  const told = () => rig.frames.flatMap(({ type, payload }) => (type === 'command.progress' ? [payload.text] : []));
  await waitFor('the progress', () => told().includes('one'));
  writeFileSync(gate, '');
  await rig.exited(id);
  assert.is(told().at(-1), 'two');
  assert.is(types().at(-1), 'command.exited');
});

test('a command id never runs twice: while it runs, when it has ended, when its folder is gone, in another instance', async () => {
  const mark = join(rig.dir, 'ran');
  const id = rig.run([`echo ran >>${mark}`]);
  rig.run([], { id });
  await rig.exited(id);
  rig.run([], { id });
  await waitFor('the answer', () => count('command.exited') === 2);
  rig.runner.ackExit(id);
  await waitFor('the folder to go', () => spooled().length === 0);
  rig.run([], { id });
  await waitFor('the answer', () => count('command.exited') === 3);
  await rig.reopen();
  rig.run([], { id });
  await waitFor('the answer', () => count('command.exited') === 4);
  assert.is(count('command.accepted'), 5);
  assert.is(readFileSync(mark, 'utf8'), 'ran\n');
});

test('a command under launch is in hello, and holds the slot', async () => {
  const launch = await launchesWait();
  const id = rig.run(['exit 3']);
  await rig.frame(id, 'command.accepted');
  const [listed] = await rig.runner.commands();
  const holder = rig.runner.running();
  launch.resolve();
  assert.is(listed?.id, id);
  assert.is(listed?.state, 'running');
  assert.is(holder?.id, id);
  assert.is((await rig.exited(id)).exitCode, 3);
});

test('a hello waits until the commands behind a launch are accepted or refused too', async () => {
  const launch = await launchesWait();
  const first = rig.run(['exit 0']);
  await rig.frame(first, 'command.accepted');
  const behind = rig.run(['exit 0'], { op: 'restart', completion: 'restart' });
  const listing = rig.runner.commands();
  launch.resolve();
  const listed = (await listing).map(({ id }) => id);
  assert.equal(listed.sort(), [first, behind].sort());
  await rig.exited(first);
  await rig.exited(behind);
});

test('the last ended command is known once its exit is reported, and to the next instance', async () => {
  const id = rig.run(['exit 1']);
  await rig.exited(id);
  assert.is(rig.runner.lastEnded(), id);
  assert.is(rig.runner.running(), null);
  await rig.reopen();
  assert.is(rig.runner.lastEnded(), id);
});

test('a folder stays until the exit is acknowledged and the output up to its end', async () => {
  await rig.reopen({ sendOutput: () => {} });
  const id = rig.run(['echo output']);
  await rig.exited(id);
  rig.runner.ackExit(id);
  rig.runner.ackOutput(id, 6);
  rig.run([], { id });
  await waitFor('an answer that comes after both', () => count('command.exited') === 2);
  assert.equal(spooled(), [id]);
  rig.runner.ackOutput(id, 7);
  await waitFor('the command to be forgotten', async () => (await rig.runner.commands()).length === 0);
  assert.equal(spooled(), []);
});

test('a welcome that has the command finished lets the folder go without another exit', async () => {
  const id = rig.run(['echo output']);
  const { outputBytes } = await rig.exited(id);
  rig.frames.length = 0;
  rig.runner.resume({ hostId: newId(), serverTime: 0, output: [{ id, offset: outputBytes }], finished: [id] });
  await waitFor('the folder to go', () => spooled().length === 0);
  assert.is(count('command.exited'), 0);
});

test('after a welcome everything that may be missing is sent again, and the output resumes at the held offset', async () => {
  const id = rig.run(['echo ready; sleep 300'], { phases: ['build'] });
  await ready(id);
  await rig.frame(id, 'command.progress');
  rig.frames.length = 0;
  rig.runner.resume({ hostId: newId(), serverTime: 0, output: [{ id, offset: 3 }], finished: [] });
  await rig.frame(id, 'command.progress');
  assert.equal(types(), ['command.started', 'command.progress']);
});

test('a switch that succeeds makes the agent leave once, when its exit is acknowledged', async () => {
  const id = rig.run(['true'], { completion: 'restart' });
  await rig.exited(id);
  assert.equal(rig.restarts, []);
  rig.runner.ackExit(id);
  await waitFor('the restart', () => rig.restarts.length === 1);
  rig.runner.ackExit(id);
  await rig.reopen();
  await waitFor('the listing', async () => (await rig.runner.commands()).length === 0);
  assert.equal(rig.restarts, [id]);
});

test('a switch that fails does not restart the agent, one that leaves failed units on nixos does', async () => {
  const exit4 = ['/bin/sh', '-c', 'exit 4'] as const;
  const never = { phase: 'activate', argv: ['/bin/sh', '-c', 'echo never'] as const };
  for (const [name, steps, failedStep, restarts] of [
    ['custom', [{ phase: 'activate', argv: exit4 }], { phase: 'activate', activation: true }, 0],
    ['nixos', [{ phase: 'activate', argv: exit4 }], { phase: 'activate', activation: true }, 1],
    ['nixos', [{ phase: 'run', argv: exit4, activates: true }], { phase: 'run', activation: true }, 1],
    ['nixos', [{ phase: 'fetch', argv: exit4 }, never], { phase: 'fetch', activation: false }, 0],
  ] as const) {
    const plan = { steps, completion: 'restart' as const };
    const restarted = rig.restarts.length;
    await rig.reopen({ platform: { ...createDummy({ switch: plan }), name } });
    const id = newCommandId();
    rig.runner.run({ id, op: 'switch', options: {}, killGraceMs: 0, notAfter: Number.MAX_SAFE_INTEGER });
    assert.equal((await rig.exited(id)).evidence?.failedStep, failedStep);
    rig.runner.ackExit(id);
    await waitFor('the folder to go', () => spooled().length === 0);
    assert.is(rig.restarts.length - restarted, restarts);
  }
});

test("evidence has the platform's findings and the leftovers of the last step", async () => {
  const plan = {
    steps: [{ phase: 'p', argv: ['/bin/sh', '-c', 'sleep 300 & exit 0'] as const }],
    completion: 'exit' as const,
  };
  await rig.reopen({ platform: createDummy({ pull: plan }, { fetchedCommit: 'abc' }) });
  const id = newCommandId();
  rig.runner.run({ id, op: 'pull', options: {}, killGraceMs: 0, notAfter: Number.MAX_SAFE_INTEGER });
  assert.equal((await rig.exited(id)).evidence, { fetchedCommit: 'abc', leftovers: 1 });
});

test("a step has one explicit environment, without the agent's token", async () => {
  const environment = {
    PATH: process.env.PATH,
    HOME: '/home/of-agent',
    SWITCHYARD_TOKEN: 'secret',
    NIX_CONFIG: 'x',
    OTHER: 'y',
  };
  await rig.reopen({ environment });
  const id = rig.run(['env']);
  await rig.exited(id);
  const text = rig.output(id).toString();
  for (const part of [`SWITCHYARD_COMMAND_ID=${id}`, 'HOME=/home/of-agent', 'NIX_CONFIG=x', 'SWITCHYARD_EVIDENCE_DIR='])
    assert.match(text, part);
  assert.not.match(text, /secret|OTHER/);
});

test('100 MB of output with a 10 MB line and NUL bytes arrive byte for byte', async () => {
  const loud = 'head -c 45000000 /dev/urandom; head -c 10000000 /dev/zero; head -c 45000000 /dev/urandom';
  const hash = async (bytes: Uint8Array) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', bytes as never)).toString('hex');
  const parts: Uint8Array[] = [];
  let inFlight = 0;
  await rig.reopen({
    sendOutput({ commandId, offset, bytes }) {
      parts.push(Buffer.from(bytes));
      inFlight += bytes.length;
      assert.ok(inFlight <= 1024 * 1024 && bytes.length <= 256 * 1024);
      setImmediate(() => {
        inFlight -= bytes.length;
        rig.runner.ackOutput(commandId, offset + bytes.length);
      });
    },
  });
  const id = rig.run([loud]);
  const { outputBytes } = await rig.exited(id);
  assert.is(outputBytes, 100_000_000);
  await waitFor('all of it', () => parts.reduce((sum, { length }) => sum + length, 0) === outputBytes);
  assert.is(await hash(Buffer.concat(parts)), await hash(readFileSync(join(rig.state.spoolDir, id, 'output'))));
  rig.runner.ackExit(id);
  await waitFor('the folder to go', () => !existsSync(join(rig.state.spoolDir, id)));
});

test.run();
