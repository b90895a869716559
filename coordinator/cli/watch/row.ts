import { commandLook } from '../../../shared/looks/looks.ts';
import { asksPerson, type Command, type Status } from '../../../shared/model/command.ts';
import { isAlreadyCurrent } from '../../../shared/model/outcomes.ts';
import { describe } from '../show/describe.ts';

import type { Paint } from '../terminal/paint.ts';
import { pad } from '../terminal/text.ts';
import type { Times } from '../terminal/times.ts';
import type { Rest } from './rest.ts';

/** A command that is watched. */
export type Watched = {
  id: string;
  dispatchId: string;
  /** The name of its host. */
  host: string;
  /** The op that would be right instead. */
  alternative: string | null;
};

export type Row = Watched & {
  command: Command;
  /** The output that is still awaited although the command has ended. */
  rest: Rest | null;
};

type RowWords = Pick<Row, 'host' | 'alternative' | 'command'> & { rest?: Row['rest'] };

export type RowStyle = { now: number; times: Times; paint: Paint; hostWidth: number };

const STATUS_WIDTH = 'EXECUTING'.length;

/** A command that was not sent because there was nothing to do is not called blocked. */
const statusWord = (command: Command): string => (isAlreadyCurrent(command) ? 'CURRENT' : command.status);

/** `▲ web2 EXECUTING TIMED_OUT 30:00  build 41/42` */
export function rowText(
  { host, alternative, command, rest }: RowWords,
  { now, times, paint, hostWidth }: RowStyle,
): string {
  const look = commandLook(command);
  const status = paint.tone(look.tone, pad(statusWord(command), STATUS_WIDTH));
  const detail = describe(command, { now, times, host, alternative });
  const coming = rest ? `  ${restWords(rest)}` : '';
  return `${paint.shape(look)} ${pad(host, hostWidth)} ${status} ${detail}${coming}`.trimEnd();
}

/** `2025-11-22T14:32:07+01:00 ◐ web2 switch EXECUTING 0:00` */
export function rowLine({ host, alternative, command }: RowWords, { now, times, paint }: RowStyle): string {
  const look = commandLook(command);
  const detail = describe(command, { now, times, host, alternative });
  const status = `${paint.shape(look)} ${host} ${command.op} ${paint.tone(look.tone, statusWord(command))}`;
  return `${paint.faint(times.stamp(now))} ${status} ${detail}`.trimEnd();
}

/** `27000000 of 52428800 bytes of its output are here, the rest is arriving` */
export function restWords({ holding: { bytes, total, arrival } }: Rest): string {
  const some = `${bytes} of ${total} bytes of its output are here`;
  return arrival === 'away' ? `${some}, its host is offline` : `${some}, the rest is arriving`;
}

const WORDS: Readonly<Record<Status, string>> = {
  SUCCESS: 'succeeded',
  PARTIAL: 'partial',
  ERROR: 'failed',
  TIMEOUT: 'timed out',
  STALE_BINARY: 'stale',
  SUSPICIOUS: 'suspicious',
  ABORTED_BY_REBOOT: 'aborted by a reboot',
  LOST: 'lost',
  KILLED: 'killed',
  CANCELLED: 'cancelled',
  BLOCKED: 'blocked',
  EXPIRED: 'expired',
  ROLLED_BACK: 'rolled back',
  QUEUED: 'queued',
  PENDING: 'running',
  EXECUTING: 'running',
  KILLING: 'being killed',
  AWAITING_POST_CHECK: 'running',
  AWAITING_RECONNECT: 'running',
};

const ASKS = 'waiting for an answer';
const CURRENT = 'already current';

/** `1 succeeded, 1 killed, 1 blocked` */
export function summaryOf(commands: readonly Pick<Command, 'status' | 'timeoutStatus' | 'code'>[]): string {
  const counts = new Map<string, number>();
  for (const word of [WORDS.SUCCESS, CURRENT, ...Object.values(WORDS), ASKS]) counts.set(word, 0);
  for (const command of commands) {
    const word = asksPerson(command) ? ASKS : isAlreadyCurrent(command) ? CURRENT : WORDS[command.status];
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].flatMap(([word, count]) => (count > 0 ? `${count} ${word}` : [])).join(', ');
}
