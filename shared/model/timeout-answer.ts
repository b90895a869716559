import { type Static, Type } from 'typebox';
import { SIGNALS } from '../ops/op-options.ts';
import { OneOf } from '../schema.ts';
import type { Event } from './event.ts';

const LONGEST_WAIT_MIN = 7 * 24 * 60;

/** A person's answer to a command that takes too long (docs/protocol.md section 3, timeout-action). */
export const TimeoutAnswer = Type.Union([
  Type.Object(
    { action: Type.Literal('wait'), minutes: Type.Integer({ minimum: 1, maximum: LONGEST_WAIT_MIN }) },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      action: Type.Literal('kill'),
      signal: Type.Optional(OneOf(SIGNALS)),
      force: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  Type.Object({ action: Type.Literal('ignore') }, { additionalProperties: false }),
]);
export type TimeoutAnswer = Static<typeof TimeoutAnswer>;

/** The deadlines at which a person is warned or asked, as a command's events name them. */
const ASKED: ReadonlySet<string> = new Set(['warningAt', 'timeoutAt', 'notAfter']);

/** The person's answer when the command last asked, from its events, oldest first; none if it ended otherwise. */
export function timeoutAnswerIn(events: readonly Event[]): Event | undefined {
  const asked = events.findLastIndex(({ code }) => ASKED.has(code));
  if (asked < 0) return undefined;
  const answer = events.slice(asked + 1).find(({ category }) => category === 'audit');
  // A command that ended by itself after more time was given did not end by that answer.
  return answer?.code === 'wait' && answer !== events.at(-1) ? undefined : answer;
}
