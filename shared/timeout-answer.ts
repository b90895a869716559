import type { Event } from './event.ts';

/** The deadlines at which a person is told or asked, as the events of a command name them. */
const ASKED: ReadonlySet<string> = new Set(['warningAt', 'timeoutAt', 'notAfter']);

/** What a person answered when the command last asked, among its events, oldest first; none where it ended otherwise. */
export function timeoutAnswerIn(events: readonly Event[]): Event | undefined {
  const asked = events.findLastIndex(({ code }) => ASKED.has(code));
  if (asked < 0) return undefined;
  const answer = events.slice(asked + 1).find(({ category }) => category === 'audit');
  // What ended by itself after it was given more time did not end by that answer.
  return answer?.code === 'wait' && answer !== events.at(-1) ? undefined : answer;
}
