import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createServerClock } from '../connection/server-clock.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';
import { createDummy } from '../platforms/dummy.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

const types = () => rig.frames.map(({ type }) => type);
const ready = (id: string) => waitFor(`${id} to be ready`, () => rig.output(id).includes('ready'));
const spooled = () => readdirSync(rig.state.spoolDir);

test('an id with an unreadable tombstone does not run: it may have run before', async () => {
  const id = newCommandId();
  mkdirSync(join(rig.state.tombstoneDir, `${id}.json`));
  rig.run(['exit 0'], { id });
  await waitFor('the fault to be logged', () => rig.errors.length > 0);
  assert.equal(types(), []);
  assert.equal(spooled(), []);
});

test('a second slot-taking command is refused as busy and names the one that runs; restart and reboot are not', async () => {
  const first = rig.run(['echo ready; sleep 300']);
  await ready(first);
  const second = rig.run(['echo never']);
  const rejected = await rig.frame(second, 'command.rejected');
  assert.is(rejected.code, 'busy');
  assert.is(rejected.running?.id, first);
  const restart = rig.run([], { op: 'restart', completion: 'restart' });
  assert.is((await rig.exited(restart)).exitCode, 0);
  assert.is(rig.runner.running()?.id, first);
  assert.is(rig.runner.lastEnded(), null, 'restart takes no slot');
});

test('a command that a host finds when it wakes up is refused if its time has passed for the coordinator', async () => {
  const clock = createFakeClock();
  const server = createServerClock(clock);
  server.learn(clock.now(), 0);
  const notAfter = clock.now() + 120_000;
  await rig.reopen({ serverNow: server.now });
  clock.suspend(119_000);
  const inTime = rig.run(['exit 0'], { notAfter });
  assert.is((await rig.exited(inTime)).exitCode, 0);
  clock.suspend(2_000);
  const late = rig.run(['exit 0'], { notAfter });
  assert.is((await rig.frame(late, 'command.rejected')).code, 'expired');
});

test('an op that this host does not have, one too late, and options that do not fit are refused, and remembered', async () => {
  const refusing = { ...createDummy({ odd: { steps: [], completion: 'exit' } }) };
  refusing.plan = async () => ({ code: 'invalid_options', message: 'no' });
  await rig.reopen({ platform: refusing });
  const frames = [
    [{ id: newCommandId(), op: 'nothing' }, 'unknown_op'],
    [{ id: newCommandId(), op: 'odd', notAfter: 1 }, 'expired'],
    [{ id: newCommandId(), op: 'odd' }, 'invalid_options'],
  ] as const;
  for (const [frame, code] of frames) {
    rig.runner.run({ options: {}, killGraceMs: 0, notAfter: Number.MAX_SAFE_INTEGER, ...frame });
    assert.is((await rig.frame(frame.id, 'command.rejected')).code, code);
  }
  rig.frames.length = 0;
  await rig.reopen();
  for (const [{ id }, code] of frames) {
    rig.run(['echo never'], { id });
    assert.is((await rig.frame(id, 'command.rejected')).code, code);
  }
  assert.equal(spooled(), []);
});

test.run();
