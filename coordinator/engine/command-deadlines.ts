import type { Clock } from '../../shared/time/clock.ts';
import { type Deadline, needsHearing, nextDeadline } from '../lifecycle/deadline.ts';
import type { LifecycleEvent } from '../lifecycle/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { createDeadlines } from './deadlines.ts';
import type { Guard } from './guard.ts';
import type { Ledger } from './ledger.ts';
import type { Sessions } from './sessions.ts';
import { createUnread } from './unread.ts';

/**
 * The deadlines of the live commands, and their postponements.
 * P1 They are armed from the records alone, so a restart arms them again.
 * P2 A deadline that a host or a person must answer counts only once they could be heard: after a start, after a gap in this process,
 *    and while frames of the host wait to be read.
 * P3 Gaps that repeat postpone a deadline only until its host has been heard for long enough between them.
 */
export type CommandDeadlines = {
  /** Arms the present deadline of this command, or disarms it if there is none. */
  arm(id: string): void;
  /** Arms the deadline to come a second from now at the earliest, because the command's step could not be written. */
  retry(id: string): void;
  /** Detects a gap, and a wall clock that was set, at once. Call it before storing a wall-clock time. */
  look(): void;
  /** Hosts and people could not be heard until now. Gives them time before the deadlines that they must answer count. */
  heardFromNow(): void;
  close(): void;
};

export type CommandDeadlinesDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'inMemory' | 'allLive'>;
  sessions: Pick<Sessions, 'isOnline' | 'of' | 'unreadSince'>;
  guard: Guard;
  /** Applies the event in a turn of the command's host alone. */
  apply: (record: CommandRecord, event: LifecycleEvent) => void;
};

/** After downtime or a long stall of the coordinator, hosts and people are heard for this long before their deadlines count. */
const HEARING_MS = 30_000;
/** After a shorter gap, for this many times its length: TCP, agents and pages retry after at most twice their previous wait. */
const HEARING_PER_GAP = 2;
/** A deadline whose step could not be written is retried after this. */
const RETRY_MS = 1_000;
/** How often to check whether everything that a host said before a deadline is read. */
const UNREAD_AGAIN_MS = 100;

export function createCommandDeadlines(deps: CommandDeadlinesDeps): CommandDeadlines {
  const { clock, ledger, sessions, guard, apply } = deps;
  /** Until when a command's host and people are heard first, because they could not be heard before. */
  const hearing = new Map<string, number>();
  /** Deadlines that have passed but are postponed, and since when, in lived time. */
  const putOff = new Map<string, { dueAt: number; since: number }>();
  /** When a deadline whose step could not be written is retried. */
  const retries = new Map<string, number>();
  const unread = createUnread({ clock, sessions });

  const deadlines = createDeadlines({
    clock,
    onDue: (id) => {
      const record = ledger.inMemory(id);
      const due = record && nextDeadline(record);
      const at = clock.now();
      // An offline host can't answer a kill, and is in no contact, even when recording its disconnect failed.
      const hostId = record?.command.hostId ?? '';
      if (due && needsHearing(due.name) && unread.mayHold(id, hostId, due)) {
        hearing.set(id, at + UNREAD_AGAIN_MS);
        arm(id);
        return;
      }
      const seen = sessions.isOnline(hostId) ? (sessions.of(hostId)?.hello ?? null) : null;
      const isAway = (due?.name === 'killBy' || due?.name === 'keepAt') && !seen;
      const step = () =>
        record &&
        due &&
        apply(record, isAway ? { type: 'disconnected', at } : { type: 'deadline', name: due.name, at, seen });
      if (!guard('a deadline', step)) retries.set(id, at + RETRY_MS);
      arm(id);
    },
    onDrift: (byMs) => {
      for (const put of [hearing, retries]) for (const [id, until] of put) put.set(id, until + byMs);
      for (const one of putOff.values()) one.dueAt += byMs;
      for (const record of [...ledger.allLive()]) apply(record, { type: 'shifted', byMs, at: clock.now() });
    },
    onGap: (byMs) => hearAll(clock.now() + Math.min(HEARING_PER_GAP * byMs, HEARING_MS)),
  });

  function arm(id: string): void {
    const record = ledger.inMemory(id);
    const due = record && nextDeadline(record);
    const now = clock.now();
    if (!due) {
      putOff.delete(id);
      unread.forget(id);
    }
    for (const put of [hearing, retries]) if (!due || (put.get(id) ?? now) < now) put.delete(id);
    const heard = due && needsHearing(due.name) ? (hearing.get(id) ?? 0) : 0;
    deadlines.set(id, due ? Math.max(due.at, heard, retries.get(id) ?? 0) : null);
  }

  /** Deadlines that come later are not affected, because hosts and people can answer in the meantime. */
  function hearAll(until: number): void {
    for (const record of [...ledger.allLive()]) {
      const { id } = record.command;
      const due = nextDeadline(record);
      if (!due || isHeardOut(id, due)) continue;
      hearing.set(id, Math.max(until, hearing.get(id) ?? 0));
      // A later one is armed as it is. A busy coordinator comes here often, with the commands of a whole fleet.
      if (due.at < until) arm(id);
    }
  }

  function isHeardOut(id: string, due: Deadline): boolean {
    if (due.at > clock.now()) {
      putOff.delete(id);
      return false;
    }
    const known = putOff.get(id);
    if (known?.dueAt === due.at) return deadlines.lived() - known.since >= HEARING_MS;
    putOff.set(id, { dueAt: due.at, since: deadlines.lived() });
    return false;
  }

  return {
    arm,
    retry(id) {
      retries.set(id, clock.now() + RETRY_MS);
      arm(id);
    },
    look: deadlines.look,
    heardFromNow: () => hearAll(clock.now() + HEARING_MS),
    close: deadlines.close,
  };
}
