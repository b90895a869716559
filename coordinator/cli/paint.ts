import type { Command } from '../../shared/command.ts';
import type { CheckStatus } from '../../shared/report.ts';

/** What a state asks of the reader; each has a shape and a colour beside its word, so that none is needed to tell it. */
export type Tone = 'ok' | 'working' | 'attention' | 'error' | 'unknown' | 'quiet';

export type Look = { shape: string; tone: Tone };

export type Paint = {
  tone(tone: Tone, text: string): string;
  /** For what is to be found first. */
  strong(text: string): string;
  /** For what is to be overlooked. */
  faint(text: string): string;
};

const CODES: Readonly<Record<Tone, number>> = { ok: 32, working: 36, attention: 33, error: 31, unknown: 35, quiet: 90 };

export function createPaint(hasColour: boolean): Paint {
  const sgr = (code: number, text: string) => (hasColour ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    tone: (tone, text) => sgr(CODES[tone], text),
    strong: (text) => sgr(1, text),
    faint: (text) => sgr(90, text),
  };
}

const LOOKS = {
  QUEUED: { shape: '◷', tone: 'working' },
  PENDING: { shape: '◐', tone: 'working' },
  EXECUTING: { shape: '◐', tone: 'working' },
  KILLING: { shape: '◐', tone: 'working' },
  AWAITING_POST_CHECK: { shape: '◐', tone: 'working' },
  AWAITING_RECONNECT: { shape: '◐', tone: 'working' },
  SUCCESS: { shape: '✓', tone: 'ok' },
  PARTIAL: { shape: '▲', tone: 'attention' },
  SUSPICIOUS: { shape: '▲', tone: 'attention' },
  BLOCKED: { shape: '▲', tone: 'attention' },
  ERROR: { shape: '✕', tone: 'error' },
  STALE_BINARY: { shape: '✕', tone: 'error' },
  TIMEOUT: { shape: '✕', tone: 'error' },
  ABORTED_BY_REBOOT: { shape: '✕', tone: 'error' },
  LOST: { shape: '?', tone: 'unknown' },
  KILLED: { shape: '■', tone: 'quiet' },
  CANCELLED: { shape: '–', tone: 'quiet' },
  EXPIRED: { shape: '–', tone: 'quiet' },
} as const satisfies Record<Command['status'], Look>;

export function lookOf({ status, timeoutStatus, kill }: Pick<Command, 'status' | 'timeoutStatus' | 'kill'>): Look {
  const look: Look = LOOKS[status];
  if (look.tone !== 'working') return look;
  if (kill?.stage === 'failed') return { shape: '✕', tone: 'error' };
  return timeoutStatus === 'NORMAL' ? look : { shape: '▲', tone: 'attention' };
}

export const CHECK_LOOKS = {
  ok: { shape: '✓', tone: 'ok' },
  outdated: { shape: '▲', tone: 'attention' },
  error: { shape: '✕', tone: 'error' },
  working: { shape: '◐', tone: 'working' },
  unknown: { shape: '?', tone: 'unknown' },
} as const satisfies Record<CheckStatus, Look>;
