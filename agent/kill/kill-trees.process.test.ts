import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import { systemClock } from '../../shared/time/clock.ts';
import type { CommandKill } from '../../shared/wire/protocol.ts';
import { openRig, type Rig, table } from '../fixtures/rig.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

const stages = () => rig.frames.flatMap((f) => (f.type === 'command.killing' ? [f.payload.stage] : []));
const kill = (id: string, request: Partial<CommandKill> = {}) =>
  rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 150, force: false, ...request });
const ready = (id: string) => waitFor(`${id} to be ready`, () => rig.output(id).includes('ready'));

/** Runs the script until it has printed "ready", kills it, and checks that nothing of it is left. */
async function killed(script: string, request: Partial<CommandKill> = {}) {
  const id = rig.run([script, 'echo never']);
  await ready(id);
  kill(id, request);
  const exited = await rig.exited(id);
  assert.equal(await rig.processes(), [], 'no process is left');
  assert.not.match(rig.output(id).toString(), 'never');
  assert.is(stages().at(-1), 'dead');
  assert.ok(exited.kill, 'it says when it signalled');
  return exited;
}

test('SIGTERM is enough for a command that heeds it, and the record says so', async () => {
  const exited = await killed('echo ready; sleep 300', { graceMs: 60_000 });
  assert.equal(stages(), ['term', 'dead']);
  assert.type(exited.kill?.termAt, 'number');
  assert.is(exited.kill?.killAt, null);
  assert.is(exited.exitCode, 143);
});

test('a step that exits 0 on SIGTERM does not lead to the next one', async () => {
  const exited = await killed('trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done', { graceMs: 60_000 });
  assert.is(exited.exitCode, 143);
  assert.equal(stages(), ['term', 'dead']);
});

test('a command that ignores SIGTERM is ended by SIGKILL after the grace', async () => {
  const exited = await killed('trap "" TERM; echo ready; while :; do sleep 300; done');
  assert.equal(stages(), ['term', 'kill', 'dead']);
  const { termAt, killAt } = exited.kill ?? {};
  assert.ok((killAt ?? 0) - (termAt ?? 0) >= 150);
  assert.is(exited.exitCode, 137);
});

test('signal SIGKILL has no SIGTERM stage', async () => {
  const exited = await killed('echo ready; sleep 300', { signal: 'SIGKILL', graceMs: 60_000 });
  assert.equal(stages(), ['kill', 'dead']);
  assert.is(exited.kill?.termAt, null);
});

test('children that were forked die with it', async () => {
  await killed(
    'trap "" TERM; (sleep 300 & sleep 301 & wait) & (trap "" TERM; sleep 302; :) & echo ready; wait; sleep 303',
  );
});

test('a child that was forked twice and given to another parent dies with it', async () => {
  await killed('(trap "" TERM; (sleep 300; :) &) ; echo ready; sleep 301');
});

test('a child with its own session that ignores SIGTERM dies with it', async () => {
  await killed('setsid bash -c \'trap "" TERM; (sleep 300; :) & echo ready; wait; sleep 5\' & sleep 301');
});

test('a stopped command gets its SIGTERM', async () => {
  const exited = await killed('trap "exit 9" TERM; echo ready; kill -STOP $$; sleep 300', { graceMs: 60_000 });
  assert.equal(stages(), ['term', 'dead']);
  assert.is(exited.exitCode, 9);
});

test('a stopped command that ignores SIGTERM is ended all the same', async () => {
  await killed('trap "" TERM; echo ready; kill -STOP $$; sleep 300');
});

test('a storm of 400 processes that ignore SIGTERM is ended', async () => {
  await killed('trap "" TERM; for i in $(seq 400); do sleep 300 & done; echo ready; wait');
});

test('a tree that keeps forking is ended', async () => {
  await killed('trap "" TERM; echo ready; while :; do (sleep 0.3; sleep 0.3) & sleep 0.01; done');
});

test('a tree whose leader died first is ended too', async () => {
  await killed('(trap "" TERM; while :; do sleep 300; done) & echo ready; sleep 300');
});

test('a daemon that hides its session, its parent and its environment is found while it was a child when the kill began', async () => {
  const pidFile = join(rig.dir, 'daemon');
  const daemon = `trap "" TERM; echo $$ >${pidFile}; echo ready; sleep 300; :`;
  await killed(`env -i /usr/bin/setsid -w /bin/bash -c '${daemon}'; :`);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const left = (await table.list()).filter((entry) => entry.pid === pid && !entry.zombie);
  assert.equal(left, []);
});

/** An activation that prints a dot now and then and lasts until it is let go. */
async function activation() {
  const go = join(rig.dir, 'go');
  const steps = [`echo ready; until [ -e ${go} ]; do echo .; sleep 0.02; done; echo whole`, 'echo never'];
  const id = rig.run(steps, { phases: ['activate', 'after'] });
  await ready(id);
  const dots = () => rig.output(id).toString().split('.').length;
  return { id, letGo: () => writeFileSync(go, ''), dots };
}

test('a command that ended by itself is not reported as killed, however late the kill came', async () => {
  for (const phases of [['activate'], ['run']]) {
    rig.frames.length = 0;
    const ended = join(rig.dir, 'ended');
    const lingering = `(trap "" TERM; exec sleep 300) & echo ready; until [ -e ${rig.dir}/go ]; do sleep 0.02; done; touch ${ended}`;
    rmSync(join(rig.dir, 'go'), { force: true });
    const id = rig.run([lingering], { phases });
    await ready(id);
    if (phases[0] === 'activate') {
      kill(id, { graceMs: 60_000 });
      await waitFor('the deferral', () => stages().includes('deferred'));
    }
    writeFileSync(join(rig.dir, 'go'), '');
    // The wrapper now ends what lingers, for at least two seconds.
    await waitFor('the end of the step', () => existsSync(join(rig.state.spoolDir, id, 'over')));
    kill(id, { graceMs: 60_000 });
    const { exitCode, kill: times, evidence } = await rig.exited(id);
    assert.equal({ exitCode, times, leftovers: evidence?.leftovers }, { exitCode: 0, times: null, leftovers: 1 });
    assert.not.ok(stages().includes('term'));
  }
});

test('a wrapper that claimed the end but hangs does not shelter its tree from a repeated kill', async () => {
  let hurry = 0;
  let ahead = 0;
  const monotonic = () => {
    ahead += hurry;
    return systemClock.monotonic() + ahead;
  };
  await rig.reopen({ clock: { ...systemClock, monotonic } });
  const id = rig.run([`(trap "" TERM; echo ready; exec sleep 300) & sleep 0.2`]);
  const spooled = (name: string) => existsSync(join(rig.state.spoolDir, id, name));
  await ready(id);
  await waitFor('the end of the step', () => spooled('over'));
  kill(id);
  await waitFor('the first kill to leave it alone', () => spooled('kill-ended.json'));
  process.kill(Number(rig.spooled(id, 'started').split(' ')[1]), 'SIGSTOP');
  assert.equal(stages(), []);
  // Seconds at each look: a single leap would be a gap in which the wrapper could do nothing either.
  hurry = 2_000;
  await waitFor('a kill that takes effect', () => {
    kill(id);
    return stages().includes('term');
  });
  hurry = 0;
  assert.ok((await rig.exited(id)).kill?.killAt);
  assert.equal([...new Set(stages())], ['term', 'kill', 'dead']);
  assert.equal(await rig.processes(), []);
});

test('a kill during the activation phase waits for its end, and then takes effect', async () => {
  const { id, letGo, dots } = await activation();
  kill(id, { graceMs: 0 });
  await waitFor('the deferral', () => stages().includes('deferred'));
  const before = dots();
  await waitFor('the activation to go on', () => dots() > before + 15);
  assert.equal(stages(), ['deferred']);
  letGo();
  const exited = await rig.exited(id);
  assert.match(rig.output(id).toString(), 'whole');
  assert.not.match(rig.output(id).toString(), 'never');
  assert.type(exited.kill?.termAt, 'number');
});

test('a forced kill does not wait for the activation, and replaces one that does', async () => {
  const { id } = await activation();
  kill(id, { graceMs: 60_000 });
  await waitFor('the deferral', () => stages().includes('deferred'));
  kill(id, { graceMs: 60_000, force: true });
  const exited = await rig.exited(id);
  assert.equal(stages(), ['deferred', 'deferred', 'term', 'dead']);
  assert.is(exited.exitCode, 143);
});

test('SIGKILL and a shorter grace replace a kill under way; a weaker kill changes nothing', async () => {
  for (const stronger of [{ signal: 'SIGKILL' }, { graceMs: 100 }] as const) {
    const id = rig.run(['trap "" TERM; echo ready; while :; do sleep 300; done']);
    await ready(id);
    kill(id, { graceMs: 3_600_000 });
    await waitFor('SIGTERM', () => stages().includes('term'));
    kill(id, { graceMs: 3_600_000 });
    await waitFor('the answer', () => stages().length === 2);
    assert.equal(stages(), ['term', 'term']);
    kill(id, { graceMs: 3_600_000, ...stronger });
    await rig.exited(id);
    assert.is(stages().at(-2), 'kill');
    rig.frames.length = 0;
  }
});

test('a command that has ended is not killed: the answer is its exit', async () => {
  const id = rig.run(['echo ready']);
  await rig.exited(id);
  rig.frames.length = 0;
  kill(id);
  const exited = await rig.exited(id);
  assert.is(exited.exitCode, 0);
  assert.is(exited.kill, null);
  assert.equal(stages(), []);
});

test('an order not to start leaves a started command alone; the answer is its state', async () => {
  const go = join(rig.dir, 'go');
  const id = rig.run([`while [ ! -e ${go} ]; do sleep 0.05; done`]);
  await rig.frame(id, 'command.started');
  rig.frames.length = 0;
  kill(id, { unstartedOnly: true });
  await rig.frame(id, 'command.accepted');
  await rig.frame(id, 'command.started');
  writeFileSync(go, '');
  const exited = await rig.exited(id);
  assert.equal([exited.exitCode, exited.kill, stages()], [0, null, []]);
});

test('an id killed before it came never runs, even after a restart of the agent', async () => {
  const mark = join(rig.dir, 'ran');
  const id = newCommandId();
  kill(id);
  assert.is((await rig.frame(id, 'command.rejected')).code, 'killed_before_start');
  await rig.reopen();
  rig.frames.length = 0;
  rig.run([`touch ${mark}`], { id });
  assert.is((await rig.frame(id, 'command.rejected')).code, 'killed_before_start');
  assert.not.ok(existsSync(mark));
});

test.run();
