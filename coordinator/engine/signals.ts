import type { Command } from '../../shared/model/command.ts';
import type { Event } from '../../shared/model/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Guard } from './guard.ts';
import type { Turn } from './turn.ts';

/** A listener registers as soon as it exists, so the teller names nobody. */
export type Signal<Said> = {
  tell(said: Said): void;
  /** From now on; earlier listeners hear first. */
  listen(listener: (said: Said) => void): void;
};

/** News from the engine and its ledger to the layers above. */
export type Signals = {
  /** A turn is about to be written. Writes that a listener adds become durable with it or not at all. */
  writing: Signal<Turn>;
  /** The changes of a durable batch, before the effects of its turns. */
  committed: Signal<{ records: readonly CommandRecord[]; ended: readonly Command[]; events: readonly Event[] }>;
  /** A turn could not be written. */
  failed: Signal<{ cause: unknown; touched: readonly CommandRecord[] }>;
  /** News for these hosts was lost: they must ask again. */
  untold: Signal<{ cause: unknown; hostIds: ReadonlySet<string> }>;
  /** Each command once, in the order of their ends, before its end is published. */
  ended: Signal<Command>;
  /** A host whose commands changed, in its turn: commands that wait for it may go on. */
  changed: Signal<string>;
  /** `onTimeout: kill`: kill it in the name of the system, within the turn. */
  autoKill: Signal<CommandRecord>;
};

/** `guard`: a failure in one listener is logged, and keeps the news from no other. */
export function createSignal<Said>(guard?: (run: () => void) => void): Signal<Said> {
  const listeners: ((said: Said) => void)[] = [];
  return {
    tell(said) {
      for (const listener of listeners)
        if (guard) guard(() => listener(said));
        else listener(said);
    },
    listen: (listener) => void listeners.push(listener),
  };
}

export const createSignals = (guard: Guard): Signals => ({
  writing: createSignal((run) => void guard('the news of a turn', run)),
  committed: createSignal(),
  failed: createSignal(),
  untold: createSignal(),
  ended: createSignal((run) => void guard('the end of a command', run)),
  changed: createSignal((run) => void guard('the queue of a host', run)),
  autoKill: createSignal(),
});
