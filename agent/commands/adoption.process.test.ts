import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId, newId } from '../../shared/ids.ts';
import { COMMAND_VARIABLE, STATE_VARIABLE } from '../config/command-environment.ts';
import { openRig, type Rig, table } from '../fixtures/rig.ts';
import { type Launcher, processLauncher, type SeenExit } from '../launch/launcher.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

const ready = (id: string) => waitFor(`${id} to be ready`, () => rig.output(id).includes('ready'));
const stages = () => rig.frames.flatMap((f) => (f.type === 'command.killing' ? [f.payload.stage] : []));

/** A command that lasts until `go` exists. */
const waiting = ({ meanwhile = ':' } = {}) => {
  const go = join(rig.dir, 'go');
  const id = rig.run([`echo ready; until [ -e ${go} ]; do ${meanwhile}; sleep 0.02; done; echo end; exit 4`]);
  return { id, letGo: () => writeFileSync(go, '') };
};
const wrapperOf = (id: string) => Number(rig.spooled(id, 'started').split(' ')[1]);

test('a command goes on while the agent is away, and the next agent reports its whole output and real exit code', async () => {
  const { id, letGo } = waiting();
  await ready(id);
  const pid = wrapperOf(id);
  await rig.reopen();
  const [listed] = await rig.runner.commands();
  assert.is(listed?.id, id);
  assert.is(listed?.state, 'running');
  await waitFor('the pid', () => rig.runner.running()?.pid === pid);
  const starts = rig.frames.flatMap((frame) => (frame.type === 'command.started' ? [frame.payload.startedAt] : []));
  assert.is(new Set(starts).size, 1, 'its start is told as the same by each agent');
  letGo();
  const exited = await rig.exited(id);
  assert.is(exited.exitCode, 4);
  assert.is(rig.output(id).toString(), 'ready\nend\n');
});

test('an unseen exit names the instance that first finds it, also in later reports', async () => {
  const { id, letGo } = waiting();
  await ready(id);
  await rig.runner.close();
  letGo();
  await waitFor('the exit', () => existsSync(join(rig.state.spoolDir, id, 'exit')));
  const first = newId();
  await rig.reopen({ instanceId: first });
  assert.is((await rig.exited(id)).exitInstanceId, first);
  rig.frames.length = 0;
  await rig.reopen();
  assert.is((await rig.exited(id)).exitInstanceId, first);
  assert.is((await rig.runner.commands())[0]?.state, 'exited');
});

for (const watcher of ['the agent that started it', 'the next agent'])
  test(`a killed wrapper leaves its command running while a step lives, and then lost, for ${watcher}`, async () => {
    const { id, letGo } = waiting({ meanwhile: 'echo .' });
    await ready(id);
    const pid = wrapperOf(id);
    process.kill(pid, 'SIGKILL');
    await waitFor('its death', async () => !(await table.list()).some((entry) => entry.pid === pid && !entry.zombie));
    if (watcher === 'the next agent') await rig.reopen();
    const before = rig.output(id).length;
    await waitFor('the step to go on', () => rig.output(id).length > before + 50);
    assert.is((await rig.runner.commands())[0]?.state, 'running');
    letGo();
    const exited = await rig.exited(id);
    assert.is(exited.lost, true);
    assert.is(exited.exitCode, null);
    assert.is(exited.signal, null);
    assert.match(rig.output(id).toString(), 'end');
    rig.frames.length = 0;
    await rig.reopen();
    assert.is((await rig.runner.commands())[0]?.state, 'lost');
    assert.is((await rig.exited(id)).lost, true);
  });

test('a kill of a command whose wrapper was killed finds its processes and writes the result', async () => {
  const id = rig.run(['trap "" TERM; setsid bash -c "sleep 300; :" & echo ready; while :; do sleep 300; done']);
  await ready(id);
  process.kill(wrapperOf(id), 'SIGKILL');
  await rig.reopen();
  rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 100, force: false });
  const exited = await rig.exited(id);
  assert.is(exited.lost, false);
  assert.type(exited.kill?.termAt, 'number');
  assert.type(exited.kill?.killAt, 'number');
  assert.equal(await rig.processes(), []);
});

test('a wrapper killed together with its step ends by the seen signal', async () => {
  const { id } = waiting();
  await ready(id);
  process.kill(-wrapperOf(id), 'SIGKILL');
  const exited = await rig.exited(id);
  assert.is(exited.signal, 'SIGKILL');
  assert.is(exited.lost, false);
  assert.is(exited.kill, null);
});

test('a wrapper killed as its step ends is lost: nobody saw how the step ended', async () => {
  const { signal, lost } = await rig.exited(rig.run(['kill -9 $PPID']));
  assert.equal([signal, lost], [null, true]);
});

test('a deferred kill goes on after a crash of the agent', async () => {
  const go = join(rig.dir, 'go');
  const script = `echo ready; until [ -e ${go} ]; do sleep 0.02; done`;
  const id = rig.run([script, 'sleep 300'], { phases: ['activate', 'after'] });
  await ready(id);
  rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 60_000, force: false });
  await waitFor('the deferral', () => stages().includes('deferred'));
  await rig.reopen();
  writeFileSync(go, '');
  assert.type((await rig.exited(id)).kill?.termAt, 'number');
});

test('a kill goes on after a crash of the agent in its grace', async () => {
  const id = rig.run(['trap "" TERM; echo ready; while :; do sleep 300; done']);
  await ready(id);
  rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 700, force: false });
  await waitFor('SIGTERM', () => stages().includes('term'));
  await rig.reopen();
  const exited = await rig.exited(id);
  // The next agent can't know whether the journaled SIGTERM was sent.
  assert.equal(stages(), ['term', 'term', 'kill', 'dead']);
  const { termAt, killAt } = exited.kill ?? {};
  // The grace is measured by the monotonic clock, whose milliseconds start elsewhere than those of the reported times.
  assert.ok((killAt ?? 0) - (termAt ?? 0) >= 700 - 1, `${termAt} to ${killAt}`);
});

/** Hangs, as if the agent crashed between accept and launch. */
const stuck: Launcher = { ...processLauncher, start: () => new Promise<never>(() => {}) };

test('a command that was accepted but not started is never started: the next agent says so until it is acknowledged', async () => {
  const mark = join(rig.dir, 'ran');
  await rig.reopen({ launcher: stuck });
  const id = rig.run([`touch ${mark}`]);
  await rig.frame(id, 'command.accepted');
  await rig.crash();
  assert.is((await rig.frame(id, 'command.rejected')).code, 'not_started');
  const states = (await rig.runner.commands()).map(({ state }) => state);
  assert.equal(states, ['exited'], 'its last word follows, also after a reboot');
  assert.is(rig.runner.running(), null, 'the slot is free');
  rig.frames.length = 0;
  await rig.reopen();
  assert.is((await rig.frame(id, 'command.rejected')).code, 'not_started');
  rig.runner.ackExit(id);
  await waitFor('the folder to go', () => readdirSync(rig.state.spoolDir).length === 0);
  assert.not.ok(existsSync(mark));
});

test('the service manager reports how a killed wrapper ended, even late', async () => {
  let said: SeenExit | 'pending' = 'pending';
  let asked = 0;
  const launcher: Launcher = {
    ...processLauncher,
    async start(entry, environment) {
      const launch = await processLauncher.start(entry, environment);
      return launch.kind === 'launched' ? { kind: 'launched', exited: null } : launch;
    },
    async witness() {
      asked += 1;
      return said;
    },
  };
  await rig.reopen({ launcher });
  const { id } = waiting();
  await ready(id);
  process.kill(-wrapperOf(id), 'SIGKILL');
  const before = asked;
  await waitFor('it to be asked for', () => asked > before + 1);
  assert.is((await rig.runner.commands())[0]?.state, 'running');
  said = { exitCode: null, signal: 'SIGKILL' };
  const { signal, lost } = await rig.exited(id);
  assert.equal([signal, lost], ['SIGKILL', false]);
});

test('a returning agent reports no ended command as running', async () => {
  const { id, letGo } = waiting();
  await ready(id);
  await rig.runner.close();
  letGo();
  await waitFor('the exit', () => existsSync(join(rig.state.spoolDir, id, 'exit')));
  await rig.crash();
  assert.is(rig.runner.running(), null);
  assert.is((await rig.runner.commands())[0]?.state, 'exited');
});

test('after a reboot a command that had started and left no exit is lost, although its pid is taken', async () => {
  const { id } = waiting();
  await ready(id);
  await rig.reopen({ bootId: 'boot-2' });
  const exited = await rig.exited(id);
  assert.is(exited.lost, true);
});

test('after a reboot a command without a start is lost: its last writes may not have reached the disk', async () => {
  await rig.reopen({ launcher: stuck });
  const id = rig.run(['echo no']);
  await rig.frame(id, 'command.accepted');
  await rig.crash({ bootId: 'boot-2' });
  assert.is((await rig.exited(id)).lost, true);
});

test('a folder without a whole spec was never accepted, and is removed silently', async () => {
  const id = newCommandId();
  mkdirSync(join(rig.state.spoolDir, id, 'evidence'), { recursive: true });
  writeFileSync(join(rig.state.spoolDir, id, 'spec.json'), '{"id":');
  await rig.reopen();
  assert.equal(await rig.runner.commands(), []);
  assert.equal(readdirSync(rig.state.spoolDir), []);
  assert.equal(rig.frames, []);
});

test('processes of this state folder that belong to no command are ended at start, those of another folder are not', async () => {
  const start = async (tag: string) => {
    const env = { [STATE_VARIABLE]: tag, [COMMAND_VARIABLE]: newCommandId() };
    const script = 'trap "" TERM; while :; do sleep 300; done';
    const child = execa('bash', ['-c', script], { env, reject: false, detached: true, stdio: 'ignore' });
    await waitFor('its trap', async () => (await table.list()).some(({ parent }) => parent === child.pid));
    return { child, kill: () => process.kill(-(child.pid ?? 0), 'SIGKILL') };
  };
  const ours = await start(rig.state.tag);
  const theirs = await start('another');
  try {
    await rig.reopen();
    assert.is((await ours.child).signal, 'SIGKILL');
    assert.equal(await rig.processes(), []);
  } finally {
    theirs.kill();
  }
  assert.is((await theirs.child).signal, 'SIGKILL');
});

test.run();
