import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { newCommandId } from '../../shared/ids.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { AgentFrame, CommandProgress } from '../../shared/wire/protocol.ts';
import { PROGRESS_FILE, type StepProgress, writeStepProgress } from '../spool/step-progress.ts';
import { FINISH_PHASE } from '../spool/wrapper.ts';
import { createProgressTeller } from './progress-teller.ts';

const dirs: string[] = [];
test.after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A command whose wrapper and step are the test. */
function scene() {
  const evidenceDir = mkdtempSync(join(tmpdir(), 'switchyard-progress-'));
  dirs.push(evidenceDir);
  const clock = createFakeClock();
  const told: Omit<CommandProgress, 'id'>[] = [];
  const id = newCommandId();
  const world: { phase: string | null } = { phase: null };
  const entry = {
    spec: { id, op: 'switch', completion: 'exit' as const, takesSlot: true, acceptedAt: 0, bootId: 'boot' },
    context: { commandId: id, spoolDir: evidenceDir, evidenceDir },
    phase: async () => world.phase,
  };
  const send = ({ type, payload }: AgentFrame) => {
    assert.is(type, 'command.progress');
    const { id: of, ...rest } = payload as CommandProgress;
    assert.is(of, id);
    told.push(rest);
  };
  const open = () => createProgressTeller({ entry, clock, send });
  return {
    entry,
    world,
    clock,
    told,
    open,
    teller: open(),
    step: (progress: StepProgress) => writeStepProgress(evidenceDir, progress),
    file: join(evidenceDir, PROGRESS_FILE),
  };
}

const at = (current: number): StepProgress => ({ current, total: 9, text: `${current} of 9` });

test('nothing is reported before the first phase', async () => {
  const { teller, told, step } = scene();
  step(at(1));
  await teller.look();
  teller.repeat();
  assert.equal(told, []);
  assert.is(teller.phase(), null);
});

test("a phase is reported at once, only once, and with its step's progress so far", async () => {
  const { world, teller, told, step } = scene();
  world.phase = 'build';
  await teller.look();
  await teller.look();
  world.phase = 'profile';
  step(at(1));
  await teller.look();
  assert.equal(told, [{ phase: 'build' }, { phase: 'profile', ...at(1) }]);
  assert.is(teller.phase(), 'profile');
});

test('progress is reported when it changes, at most twice a second, and always in its last state', async () => {
  const { world, clock, teller, told, step } = scene();
  world.phase = 'build';
  await teller.look();
  for (let count = 1; count <= 8; count++) {
    clock.advance(250);
    step(at(count));
    await teller.look();
    await teller.look();
  }
  assert.equal(
    told.map(({ current }) => current),
    [undefined, 2, 4, 6, 8],
  );
  step(at(9));
  world.phase = FINISH_PHASE;
  await teller.look();
  assert.is(told.length, 5);
  await teller.look(true);
  assert.equal(told.at(-1), { phase: 'build', ...at(9) });
  clock.advance(10_000);
  await teller.look(true);
  assert.is(told.length, 6);
});

test('negative and impossibly large amounts are ignored', async () => {
  for (const total of [-1, 2 ** 63, 2 ** 53]) {
    const { world, teller, told, step } = scene();
    world.phase = 'build';
    step({ current: 0, total, text: null });
    await teller.look();
    assert.equal(told, [{ phase: 'build' }], String(total));
  }
});

test('the next phase begins without the progress of the one before', async () => {
  const { world, teller, told, step, file } = scene();
  world.phase = 'build';
  step(at(9));
  await teller.look();
  rmSync(file);
  world.phase = 'activate';
  await teller.look();
  assert.equal(told.at(-1), { phase: 'activate' });
});

test('progress read between two phases belongs to neither', async () => {
  const { entry, world, clock, teller, told, step } = scene();
  world.phase = 'build';
  await teller.look();
  clock.advance(1_000);
  const phases = ['build', 'profile'];
  entry.phase = async () => phases.shift() ?? 'profile';
  step(at(1));
  await teller.look();
  assert.is(told.length, 1);
  await teller.look();
  assert.equal(told.at(-1), { phase: 'profile', ...at(1) });
});

test("the next agent reports the command's phase and progress again", async () => {
  const { world, told, step, open } = scene();
  world.phase = 'build';
  step(at(3));
  const later = open();
  await later.look();
  later.repeat();
  assert.equal(told, [
    { phase: 'build', ...at(3) },
    { phase: 'build', ...at(3) },
  ]);
});

for (const [what, text] of [
  ['JSON cut off', '{"current":1,'],
  ['something else', '{"current":"many","total":null,"text":null}'],
  ['a file that is too long', JSON.stringify({ current: 1, total: 2, text: 'x'.repeat(5000) })],
] as const)
  test(`${what} is not reported`, async () => {
    const { world, teller, told, file, clock } = scene();
    world.phase = 'build';
    await teller.look();
    clock.advance(1_000);
    writeFileSync(file, text);
    await teller.look(true);
    assert.equal(told, [{ phase: 'build' }]);
  });

test('a step goes on even if its progress cannot be written', () => {
  const { step, file } = scene();
  mkdirSync(file);
  step(at(1));
});

test.run();
