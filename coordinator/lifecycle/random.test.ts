import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/model/command.ts';
import { killUnderWay } from './change.ts';
import type { Step } from './effect.ts';
import type { LifecycleEvent } from './event.ts';
import { alarm, HOST_EVENTS, OTHER_EVENTS, PUT_BACK_EVENTS } from './fixtures/alphabet.ts';
import { GUARD_EVENTS, GUARD_FORGOTTEN } from './fixtures/guard-alphabet.ts';
import { faultsOf } from './fixtures/invariants.ts';
import { sampleId } from './fixtures/sample.ts';
import {
  eventOf,
  exited,
  type Happening,
  kill,
  killCommand,
  OPS,
  type OpName,
  outcome,
  queued,
  SECOND,
  SIGKILL,
  SIGTERM,
  START,
  sent,
  target,
} from './fixtures/scenario.ts';
import type { CommandRecord, OwedKill } from './record.ts';
import { reduce } from './reduce.ts';

/** Long random lives of a command together with every kill of it, wired as the engine does it. */

type Life = {
  happens(happening: Happening): void;
  kills(owed: OwedKill, online: boolean): void;
  command(): CommandRecord;
  killCommands(): CommandRecord[];
};

function live({ record: born }: Step): Life {
  let record = born;
  let at = START;
  let online = true;
  const kills = new Map<string, CommandRecord>();
  const path: string[] = [];

  const holds = (claim: boolean, fault: string) => assert.ok(claim, `${fault}\n${path.join('\n')}`);

  function tell(commandId: string, event: LifecycleEvent): void {
    const own = kills.get(commandId);
    if (!own) throw new Error(`nobody asked for the kill ${commandId}`);
    holds(isActive(own.command.status), 'a kill gets an outcome after its end');
    kills.set(commandId, reduce(own, event).record);
  }

  function apply(event: LifecycleEvent): void {
    const before = record;
    const step = reduce(before, event);
    if (event.type === 'hello') online = true;
    if (event.type === 'disconnected') online = false;
    if (event.type === 'kill') online = event.online;
    path.push(`${event.type}: ${outcome(before.command)} becomes ${outcome(step.record.command)}`);
    for (const fault of faultsOf(before, event, step, online)) holds(false, fault);
    record = step.record;
    at = Math.max(at, event.at);
    for (const effect of step.effects) {
      if (effect.type === 'tell-kill') tell(effect.commandId, eventOf(target(effect.outcome), before, at));
      if (effect.type === 'auto-kill') life.kills(SIGTERM, online);
    }
    const waiting = [...kills.values()].filter(({ command }) => isActive(command.status));
    const underWay = killUnderWay(record);
    holds(waiting.length === (underWay === null ? 0 : 1), 'a kill waits that is not under way, or the other way round');
    holds(
      underWay === null || waiting[0]?.command.id === underWay,
      'another kill is under way than the one that waits',
    );
  }

  const life: Life = {
    happens: (happening) => apply(eventOf(happening, record, at + SECOND)),
    kills(owed, isOnline) {
      const id = sampleId(100 + kills.size);
      const event = eventOf(kill(id, owed, isOnline), record, at + SECOND);
      // The dispatcher blocks a kill of what cannot be killed.
      if (reduce(record, event).record === record) return;
      const { record: own } = killCommand(owed);
      kills.set(id, { ...own, command: { ...own.command, id } });
      apply(event);
    },
    command: () => record,
    killCommands: () => [...kills.values()],
  };
  return life;
}

/** After any past: the host has forgotten the command and its guard, and no awaited word comes. */
const LAST: readonly Happening[] = [
  exited({ lost: true }),
  alarm('queuedUntil'),
  alarm('keepAt'),
  alarm('postCheckBy'),
  alarm('reconnectBy'),
  GUARD_FORGOTTEN,
];

const moves = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...HOST_EVENTS) },
  { weight: 4, arbitrary: fc.constantFrom(...OTHER_EVENTS) },
  { weight: 4, arbitrary: fc.constantFrom(...GUARD_EVENTS) },
  { weight: 1, arbitrary: fc.constantFrom(...PUT_BACK_EVENTS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<[OwedKill, boolean][]>([SIGTERM, true], [SIGKILL, true], [SIGTERM, false]),
  },
);

const starts = fc.record({
  op: fc.constantFrom(...(Object.keys(OPS) as OpName[])),
  isQueued: fc.boolean(),
  onTimeout: fc.constantFrom('ask' as const, 'kill' as const),
});

test('in any life a command ends once, its kills are reported once, and its host is free in the end', () => {
  fc.assert(
    fc.property(starts, fc.array(moves, { maxLength: 40, size: 'max' }), ({ op, isQueued, onTimeout }, path) => {
      const life = live(isQueued ? queued(op) : sent(op, { onTimeout }));
      for (const move of path) {
        if (Array.isArray(move)) life.kills(...move);
        else life.happens(move);
      }
      for (const happening of LAST) life.happens(happening);
      assert.not(life.command().open);
      assert.not(isActive(life.command().command.status));
      for (const { command } of life.killCommands()) assert.not(isActive(command.status));
    }),
    { seed: 20_261_122, numRuns: 4_000, includeErrorInReport: true },
  );
});

test.run();
