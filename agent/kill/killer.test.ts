import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { KillJournal, KillRequest, KillState, KillTimes } from './kill-journal.ts';
import { createKiller } from './killer.ts';
import type { ProcessEntry } from './process-table.ts';

const process = (pid: number): ProcessEntry => ({ pid, start: 's', parent: 1, group: 1, session: 1, zombie: false });

const WORLD = {
  wrapper: process(1) as ProcessEntry | null,
  readers: [process(2)],
  members: [process(3)],
  phase: 'build',
  /** All steps have ended by themselves. */
  isOver: false,
  /** And the wrapper has written the exit. */
  hasExit: false,
  onSignal: (_pid: number, _signal: string) => {},
};
const GONE = { wrapper: null, readers: [], members: [] };

/** A tree in memory: its live processes, the effect of each signal, and a journal that keeps every state in order with the signals. */
function kill(
  request: Partial<KillRequest> = {},
  kept: KillState | null = null,
  { ...world }: typeof WORLD = { ...WORLD },
) {
  const clock = createFakeClock();
  const log: string[] = [];
  const stages: string[] = [];
  const concluded: KillTimes[] = [];
  let current = kept;
  const journal: KillJournal = {
    current: () => current,
    past: () => ({ termAt: null, killAt: null }),
    async save(state) {
      current = structuredClone(state);
      log.push(`journal ${state.stage}`);
    },
    async conclude({ termAt, killAt }) {
      current = null;
      concluded.push({ termAt, killAt });
    },
  };
  const killer = createKiller({
    journal,
    request: { signal: 'SIGTERM', graceMs: 10_000, force: false, ...request },
    tree: async () => ({ wrapper: world.wrapper, readers: [...world.readers], members: [...world.members] }),
    phase: async () => world.phase,
    claimEnd: async (wrapperLives) => !world.isOver || !(wrapperLives || world.hasExit),
    table: {
      signal({ pid }, signal) {
        if (signal !== 'SIGCONT') log.push(`${signal} ${pid}`);
        world.onSignal(pid, signal);
      },
    },
    clock,
    onStage: ({ stage, survivors }) => stages.push(`${stage} ${survivors}`),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  let outcome = 'pending';
  void killer.ended.then((end) => {
    outcome = end;
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20) {
      clock.advance(20);
      for (let count = 0; count < 12; count++) await turn();
    }
  };
  const gone = () => Object.assign(world, GONE);
  return { clock, world, log, stages, concluded, killer, pass, gone, outcome: () => outcome };
}

test('a stage is journaled before its signals, and wrapper and readers are not sent SIGKILL while a step lives', async () => {
  const { log, stages, pass, gone, outcome } = kill();
  await pass(9_900);
  assert.equal(log, ['journal term', 'SIGTERM 1', 'SIGTERM 3']);
  await pass(200);
  assert.equal(log.slice(3, 6), ['journal kill', 'SIGTERM 1', 'SIGKILL 3']);
  assert.not.ok(log.includes('SIGKILL 1') || log.includes('SIGKILL 2'));
  gone();
  await pass(100);
  assert.equal(stages, ['term 1', 'kill 1', 'dead 0']);
  assert.is(outcome(), 'dead');
});

test('processes that survive SIGKILL for ten seconds make the kill fail, and are counted', async () => {
  const { stages, pass, outcome } = kill({ graceMs: 0 });
  await pass(10_500);
  assert.equal(stages, ['term 1', 'kill 1', 'failed 1']);
  assert.is(outcome(), 'failed');
});

test('after a stop of the whole host behind a SIGKILL, dying processes do not count as survivors', async () => {
  const { clock, stages, pass, gone, outcome } = kill({ signal: 'SIGKILL' });
  await pass(100);
  assert.equal(stages, ['kill 1']);
  clock.stall(600_000);
  await pass(100);
  gone();
  await pass(100);
  assert.equal(stages, ['kill 1', 'dead 0']);
  assert.is(outcome(), 'dead');
});

test('a wrapper that does not leave when its steps are gone is ended too', async () => {
  const { world, log, pass, gone, outcome } = kill({ signal: 'SIGKILL' });
  world.onSignal = (pid, signal) => {
    if (pid === 3) world.members = [];
    if (pid === 1 && signal === 'SIGKILL') gone();
  };
  await pass(4_900);
  assert.not.ok(log.includes('SIGKILL 1'));
  await pass(400);
  assert.is(outcome(), 'dead');
});

test('an activation that the wrapper begins between the look and the signal is not touched', async () => {
  const { world, log, stages, pass } = kill();
  world.onSignal = (pid) => {
    if (pid === 1) world.phase = 'activate';
  };
  await pass(60_000);
  assert.equal(stages, ['deferred 1']);
  assert.not.ok(log.includes('SIGTERM 3'));
  world.onSignal = () => {};
  world.phase = 'finish';
  await pass(200);
  assert.equal(stages, ['deferred 1', 'term 1']);
});

test('a command that ended by itself while its kill was deferred was not killed', async () => {
  const { world, stages, pass, gone, outcome } = kill();
  world.phase = 'activate';
  await pass(100);
  assert.equal(stages, ['deferred 1']);
  gone();
  await pass(200);
  assert.is(outcome(), 'dead');
  assert.equal(stages, ['deferred 1']);
});

test('if all steps had ended before the first signal, nothing is signalled and no stage is reported', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const { world, log, stages, pass, outcome } = kill({ signal });
    world.isOver = true;
    await pass(100);
    assert.is(outcome(), 'over');
    assert.equal(stages, []);
    assert.not.ok(log.some((line) => /SIG\w+ [23]/.test(line)));
  }
});

test('the same holds if the kill waited for the last step, an activation', async () => {
  const { world, stages, pass, outcome } = kill();
  world.phase = 'activate';
  await pass(100);
  Object.assign(world, { phase: 'finish', isOver: true });
  await pass(200);
  assert.is(outcome(), 'over');
  assert.equal(stages, ['deferred 1']);
});

test('leftovers of a dead wrapper are ended, even though its steps were over', async () => {
  const { world, stages, pass } = kill();
  world.phase = 'activate';
  await pass(100);
  Object.assign(world, { wrapper: null, phase: 'finish', isOver: true });
  await pass(200);
  assert.equal(stages, ['deferred 1', 'term 1']);
});

test("processes beside a written exit, such as systemd's own in the unit, do not count as the command", async () => {
  const left = { ...WORLD, wrapper: null, readers: [], isOver: true, hasExit: true };
  const { log, stages, pass, outcome } = kill({}, null, left);
  await pass(100);
  assert.is(outcome(), 'over');
  assert.equal(stages, []);
  assert.equal(log, ['journal term']);
});

test('a command that ended by itself after a stage was journaled, and before any agent signalled it, was not killed', async () => {
  const kept = { signal: 'SIGTERM', graceMs: 10_000, force: false, stage: 'term', termAt: 1, killAt: null } as const;
  for (const isOver of [true, false]) {
    const ended = { ...WORLD, ...GONE, isOver, hasExit: true };
    const { stages, concluded, pass, outcome } = kill(kept, { ...kept, seen: [] }, ended);
    await pass(100);
    assert.is(outcome(), isOver ? 'over' : 'dead');
    assert.equal(concluded, [{ termAt: isOver ? null : 1, killAt: null }]);
    assert.equal(stages, isOver ? [] : ['dead 0']);
  }
});

test('a stage that was journaled and perhaps not signalled is signalled once more', async () => {
  const kept = { signal: 'SIGTERM', graceMs: 10_000, force: false, killAt: null, seen: [] } as const;
  const termAt = createFakeClock().now() - 8_000;
  const { log, pass } = kill(kept, { ...kept, stage: 'term', termAt, seen: [] });
  await pass(1_900);
  assert.equal(log, ['journal term', 'SIGTERM 1', 'SIGTERM 3']);
  await pass(300);
  assert.ok(log.includes('SIGKILL 3'));
});

test('a stage that was journaled while an activation began is deferred, and is then a SIGTERM again', async () => {
  const kept = { signal: 'SIGTERM', graceMs: 10_000, force: false, seen: [] } as const;
  for (const [stage, killAt] of [
    ['term', null],
    ['kill', 5],
  ] as const) {
    const { world, log, stages, pass } = kill(kept, { ...kept, stage, termAt: 1, killAt, seen: [] });
    world.phase = 'activate';
    await pass(200);
    assert.equal(stages, ['deferred 1']);
    world.phase = 'next';
    await pass(200);
    assert.equal(log.slice(-2), ['SIGTERM 1', 'SIGTERM 3']);
  }
});

test('the next agent waits for the rest of the grace, and no longer if the clock was set', async () => {
  const request = { signal: 'SIGTERM', graceMs: 10_000, force: false } as const;
  const now = createFakeClock().now();
  const left = async (termAt: number) => {
    const { log, pass } = kill(request, { ...request, stage: 'term', termAt, killAt: null, seen: [] });
    let waited = 0;
    while (!log.includes('SIGKILL 3')) {
      await pass(100);
      waited += 100;
    }
    return waited;
  };
  assert.ok(Math.abs((await left(now - 8_000)) - 2_000) <= 200);
  assert.ok((await left(now - 24 * 3_600_000)) <= 200);
  assert.ok(Math.abs((await left(now + 24 * 3_600_000)) - 10_000) <= 200);
});

test('a closed killer leaves the journal as it is and signals nothing', async () => {
  const { log, killer, pass, outcome } = kill();
  await pass(1_000);
  killer.close();
  const before = log.length;
  await pass(20_000);
  assert.is(log.length, before);
  assert.is(outcome(), 'pending');
});

test.run();
