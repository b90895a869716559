import type { Command } from '../../shared/command.ts';
import type { Effect, Step } from './effect.ts';
import type { KillOutcome } from './event.ts';
import type { CommandRecord } from './record.ts';
import { type Happening, outcome, sends, tells } from './scenario.fixture.ts';

/** What a sample of a transition row looks like, and how what really came of it is put in the same words. */

export type Sample = {
  /** The row that must decide the last event. */
  row: string;
  start: Step;
  before: readonly Happening[];
  event: Happening;
  expected: Expected;
};

export type Expected = {
  /** As `outcome` says it. */
  becomes: string;
  /** By how much the last event moved `rev`. */
  rev: number;
  sends?: readonly string[];
  tells?: readonly KillOutcome[];
  /** Codes of the events that people read. */
  events?: readonly string[];
  autoKill?: boolean;
  open?: boolean;
  command?: Partial<Command>;
  record?: Partial<CommandRecord>;
};

type Rest = Omit<Expected, 'becomes' | 'rev'>;

export const sample = (
  row: string,
  start: Step,
  before: readonly Happening[],
  event: Happening,
  becomes: string,
  rev: number,
  rest: Rest = {},
): Sample => ({ row, start, before, event, expected: { becomes, rev, ...rest } });

const pick = <Thing extends object>(thing: Thing, like: Partial<Thing>): Partial<Thing> => {
  const picked: Partial<Thing> = {};
  for (const key of Object.keys(like) as (keyof Thing)[]) picked[key] = thing[key];
  return picked;
};

/** What a step did, told in all the words that the expectation has. */
export function summary(before: CommandRecord, after: Step, expected: Expected): Expected {
  const { record, effects } = after;
  const codes = effects.flatMap((effect: Effect) => (effect.type === 'event' ? [effect.code] : []));
  return {
    becomes: outcome(record.command),
    rev: record.command.rev - before.command.rev,
    sends: sends(effects),
    tells: tells(effects),
    ...(expected.events && { events: codes }),
    autoKill: effects.some(({ type }) => type === 'auto-kill'),
    open: record.open,
    command: pick(record.command, expected.command ?? {}),
    record: pick(record, expected.record ?? {}),
  };
}

/** The expectation with what it leaves out: no frame, no word to a kill, and open as it was. */
export const complete = (expected: Expected, before: CommandRecord): Expected => ({
  sends: [],
  tells: [],
  autoKill: false,
  open: before.open,
  command: {},
  record: {},
  ...expected,
});
