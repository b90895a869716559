import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
  rig.mark.use('a token');
});
test.after.each(() => rig.close());

/** Runs the script and has the agent forget the command at this mark of the store. */
async function bury(script: string, mark: number): Promise<string> {
  const id = rig.run([script]);
  await rig.frame(id, 'command.exited');
  rig.mark.learn(mark);
  rig.runner.ackExit(id);
  await waitFor('its tombstone', async () => (await rig.runner.commands()).every((kept) => kept.id !== id));
  return id;
}

/** The welcome of a store that was put back. */
function putBack(knownMark: number, storeMark: number): void {
  const welcome = { hostId: newId(), serverTime: 0, output: [], finished: [], knownMark, storeMark };
  rig.mark.welcomed(welcome);
  rig.runner.resume(welcome);
}

const exits = (from: number) =>
  rig.frames.slice(from).flatMap(({ type, payload }) => (type === 'command.exited' ? [payload] : []));

test('commands forgotten after the copy are reported again with their ops, in order, even by a later agent', async () => {
  const ids = [await bury('exit 1', 5), await bury('echo two; exit 2', 7), await bury('exit 3', 9)];
  await rig.reopen();
  const from = rig.frames.length;
  putBack(5, 100);
  await waitFor('both', () => exits(from).length === 2);
  assert.equal(
    exits(from).map(({ id, op, exitCode, outputBytes, outputGone }) => [id, op, exitCode, outputBytes, outputGone]),
    [
      [ids[1], `op-${ids[1]}`, 2, 4, true],
      [ids[2], `op-${ids[2]}`, 3, 0, true],
    ],
  );
});

test('the old mark stays until all of them are acknowledged, so the next hello asks for them again', async () => {
  const ids = [await bury('exit 1', 7), await bury('exit 2', 9)];
  const from = rig.frames.length;
  putBack(5, 100);
  await waitFor('both', () => exits(from).length === 2);
  rig.runner.ackExit(ids[1] ?? '');
  await rig.runner.commands();
  assert.is(rig.mark.current(), 9);
  rig.runner.ackExit(ids[0] ?? '');
  await waitFor('the new mark', () => rig.mark.current() === 100);
});

test('a command forgotten while the old mark stays is reported again to a store that is put back once more', async () => {
  const first = await bury('exit 1', 7);
  putBack(5, 100);
  const second = await bury('exit 2', 120);
  assert.is(rig.mark.current(), 7);
  rig.runner.ackExit(first);
  await waitFor('the new mark', () => rig.mark.current() === 120);
  const from = rig.frames.length;
  putBack(110, 200);
  await waitFor('the second', () => exits(from).length > 0);
  assert.equal(
    exits(from).map(({ id }) => id),
    [second],
  );
});

test('the new mark counts at once if nothing is to be reported again', async () => {
  await bury('exit 1', 5);
  putBack(5, 3);
  await waitFor('the new mark', () => rig.mark.current() === 3);
});

test('a question for a forgotten command gets its end without its output, and runs nothing', async () => {
  const id = await bury('echo out; exit 4', 5);
  const from = rig.frames.length;
  rig.run(['exit 0'], { id, op: `op-${id}`, notAfter: 1 });
  await waitFor('the answer', () => exits(from).length === 1);
  const [answer] = exits(from);
  assert.equal([answer?.exitCode, answer?.outputBytes, answer?.outputGone], [4, 4, true]);
});

test('a question for an unknown command is refused, and the command never runs later', async () => {
  const id = rig.run(['exit 0'], { notAfter: 1 });
  assert.is((await rig.frame(id, 'command.rejected')).code, 'expired');
  const from = rig.frames.length;
  rig.run(['exit 0'], { id, op: `op-${id}` });
  await waitFor('the same answer', () => rig.frames.slice(from).some(({ type }) => type === 'command.rejected'));
});

test.run();
