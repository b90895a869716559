import type { AttentionKind } from '../model/attention.ts';
import type { Command, Status } from '../model/command.ts';
import type { EventLevel } from '../model/event.ts';
import { isAlreadyCurrent } from '../model/outcomes.ts';
import type { CheckStatus } from '../model/report.ts';

/** How each state is shown, on the page and in a terminal alike: a shape, a word and a colour. */

/** A colour goes with a shape and a word, never alone. */
export type Tone = 'ok' | 'working' | 'attention' | 'error' | 'unknown' | 'quiet';

export type Shape =
  | 'check'
  | 'half'
  | 'clock'
  | 'triangle'
  | 'cross'
  | 'question'
  | 'square'
  | 'slash'
  | 'dash'
  | 'dot';

export type Look = { tone: Tone; shape: Shape; word: string };

const look = (tone: Tone, shape: Shape, word: string): Look => ({ tone, shape, word });

/** Shape, word and colour of every status: a success is never a default. */
export const STATUS_LOOKS = {
  QUEUED: look('working', 'clock', 'Queued'),
  PENDING: look('working', 'half', 'Pending'),
  EXECUTING: look('working', 'half', 'Executing'),
  KILLING: look('working', 'half', 'Killing'),
  AWAITING_POST_CHECK: look('working', 'half', 'Verifying'),
  AWAITING_RECONNECT: look('working', 'half', 'Reconnecting'),
  SUCCESS: look('ok', 'check', 'Success'),
  PARTIAL: look('attention', 'triangle', 'Partial'),
  ERROR: look('error', 'cross', 'Error'),
  BLOCKED: look('attention', 'triangle', 'Blocked'),
  TIMEOUT: look('error', 'cross', 'Timeout'),
  KILLED: look('quiet', 'square', 'Killed'),
  CANCELLED: look('quiet', 'slash', 'Cancelled'),
  STALE_BINARY: look('error', 'cross', 'Stale binary'),
  SUSPICIOUS: look('attention', 'triangle', 'Suspicious'),
  ABORTED_BY_REBOOT: look('error', 'cross', 'Aborted by reboot'),
  LOST: look('unknown', 'question', 'Lost'),
  EXPIRED: look('quiet', 'dash', 'Expired'),
  ROLLED_BACK: look('error', 'cross', 'Rolled back'),
} as const satisfies Record<Status, Look>;

const TIMED_OUT = look('attention', 'triangle', 'Timed out');
const WARNING = look('attention', 'triangle', 'Takes long');
/** It did not run, as intended. */
const ALREADY_CURRENT = look('ok', 'check', 'Already current');
const KILL_FAILED = look('error', 'cross', 'Kill failed');

/** How a command stands, including its timeout while it is under way. */
export function commandLook({
  status,
  timeoutStatus,
  kill,
  op,
  code,
}: Pick<Command, 'status' | 'timeoutStatus' | 'kill' | 'op' | 'code'>): Look {
  if (status === 'EXECUTING' || status === 'PENDING') {
    if (kill?.stage === 'failed') return KILL_FAILED;
    if (timeoutStatus === 'TIMED_OUT') return TIMED_OUT;
    if (timeoutStatus === 'WARNING') return WARNING;
  }
  if (status === 'ERROR' && op === 'kill') return KILL_FAILED;
  if (isAlreadyCurrent({ status, code })) return ALREADY_CURRENT;
  return STATUS_LOOKS[status];
}

export const COMPARTMENT_LOOKS = {
  ok: look('ok', 'check', 'ok'),
  working: look('working', 'half', 'working'),
  outdated: look('attention', 'triangle', 'outdated'),
  error: look('error', 'cross', 'error'),
  unknown: look('unknown', 'question', 'unknown'),
} as const satisfies Record<CheckStatus, Look>;

export const ATTENTION_LOOKS = {
  timed_out: TIMED_OUT,
  kill_failed: KILL_FAILED,
  no_reconnect: look('error', 'cross', 'Return not seen'),
  lost: STATUS_LOOKS.LOST,
  stale_binary: STATUS_LOOKS.STALE_BINARY,
  suspicious: STATUS_LOOKS.SUSPICIOUS,
  partial: STATUS_LOOKS.PARTIAL,
  duplicate_agent: look('error', 'cross', 'Duplicate agent'),
  rollback_failed: look('error', 'cross', 'Rollback failed'),
  rolled_back: STATUS_LOOKS.ROLLED_BACK,
  unconfirmed: look('attention', 'clock', 'Not confirmed'),
  rollout_failed: look('error', 'cross', 'Rollout failed'),
  rollout_paused: look('attention', 'triangle', 'Rollout paused'),
  rollout_approval: look('attention', 'clock', 'Wants approval'),
  enrolment_conflict: look('error', 'cross', 'Enrolment conflict'),
  enrolment_approval: look('attention', 'clock', 'Asks to enrol'),
  notify_failed: look('error', 'cross', 'Not told'),
  store_rewound: look('error', 'cross', 'Store put back'),
} as const satisfies Record<AttentionKind, Look>;

export const EVENT_LOOKS = {
  info: look('quiet', 'dot', 'info'),
  success: look('ok', 'check', 'success'),
  warn: look('attention', 'triangle', 'warning'),
  error: look('error', 'cross', 'error'),
} as const satisfies Record<EventLevel, Look>;
