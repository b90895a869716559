import type { Clock } from '../../shared/time/clock.ts';
import type { Witness } from '../config/witness.ts';
import { someAnswers } from './witness.ts';

const EVERY_MS = 10_000;
const WAIT_MS = 5_000;

/** Asks the witnesses whether the network works, at most every 10 s; calls `onAnswer` if one answers. */
export function createWitnessAsking({ witnesses, clock }: { witnesses: readonly Witness[]; clock: Clock }) {
  let askedAt: number | null = null;
  return async (onAnswer: () => void): Promise<void> => {
    const now = clock.monotonic();
    if (witnesses.length === 0 || (askedAt !== null && now - askedAt < EVERY_MS)) return;
    askedAt = now;
    const limit = new AbortController();
    const late = clock.setTimeout(() => limit.abort(), WAIT_MS);
    const answers = await someAnswers(witnesses, limit.signal);
    clock.clearTimeout(late);
    if (answers) onAnswer();
  };
}
