import { type HistoryEntry, STATUSES, TIMEOUT_STATUSES } from '../../../shared/model/command.ts';
import { EVENT_CATEGORIES, EVENT_LEVELS, type Event } from '../../../shared/model/event.ts';
import { DAMAGED, wordOr } from '../damage.ts';

/** An unknown word counts as the worst possible one. */
export const soundEvent = (event: Event): Event => ({
  ...event,
  level: wordOr(EVENT_LEVELS, event.level, 'error'),
  category: wordOr(EVENT_CATEGORIES, event.category, 'system'),
});

/** Replaces an unknown status, because code that shows statuses must not fail on it. */
export function soundEntry(entry: HistoryEntry): HistoryEntry {
  const from = entry.from && wordOr(STATUSES, entry.from, null);
  const to = wordOr(STATUSES, entry.to, null);
  const timeoutStatus = wordOr(TIMEOUT_STATUSES, entry.timeoutStatus, 'NORMAL');
  return { ...entry, from, timeoutStatus, ...(to ? { to } : { to: 'LOST', code: DAMAGED }) };
}
