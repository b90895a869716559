import { assertNever } from '../../shared/assert-never.ts';
import type { Clock } from '../../shared/clock.ts';
import { isActive } from '../../shared/command.ts';
import { takesFrame } from '../../shared/features.ts';
import { needsHearing, nextDeadline } from '../lifecycle/deadline.ts';
import type { Effect, Step } from '../lifecycle/effect.ts';
import type { LifecycleEvent } from '../lifecycle/event.ts';
import { happensUntracked, mayReboot } from '../lifecycle/reboot.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { reduce } from '../lifecycle/reduce.ts';
import type { Change, Feed } from './changes.ts';
import { createDeadlines } from './deadlines.ts';
import type { Guard } from './guard.ts';
import type { Ledger } from './ledger.ts';
import type { Sessions } from './sessions.ts';
import type { Signals } from './signals.ts';
import { createUnread } from './unread.ts';

/**
 * Load, reduce, write, and only then act.
 * E1 Every change of a command goes through `apply` or `create`; nothing else writes a record.
 * E2 Frames leave, changes are published and queues are woken only after the transaction that holds their cause.
 * E3 Deadlines are armed from the records alone, so that a restart arms them again.
 * E4 A failure for one host is logged, and holds up no other.
 */
export type Engine = {
  /** A new command, as `lifecycle/create.ts` made it. */
  create(step: Step): void;
  /** The record after the event; null if there is no such command. An ended one must be at hand. */
  apply(id: string, event: LifecycleEvent): CommandRecord | null;
  close(): void;
};

export type EngineDeps = {
  clock: Clock;
  ledger: Ledger;
  sessions: Sessions;
  feed: Feed;
  signals: Signals;
  /** Runs `work`; a failure is logged, and stops nothing else. */
  guard: Guard;
};

/** After downtime or a long stall of the coordinator, hosts and people are heard for this long before their deadlines count. */
const HEARING_MS = 30_000;
/** After a shorter gap, for this many times its length: TCP, agents and pages retry after at most twice their previous wait. */
const HEARING_PER_GAP = 2;
/** A deadline whose step could not be written is retried after this. */
const RETRY_MS = 1_000;
/** How often to check whether everything that a host said before a deadline is read. */
const UNREAD_AGAIN_MS = 100;

export function createEngine(deps: EngineDeps): Engine {
  const { clock, ledger, sessions, feed, signals } = deps;
  /** Until when a command's host and people are heard first, because they could not be heard before. */
  const hearing = new Map<string, number>();
  /** Deadlines that have passed but are postponed, and since when, in lived time. */
  const putOff = new Map<string, { dueAt: number; since: number }>();
  /** When a deadline whose step could not be written is retried. */
  const retries = new Map<string, number>();
  const unread = createUnread({ clock, sessions });

  signals.committed.listen(({ records, ended, events }) => {
    for (const command of ended) signals.ended.tell(command);
    const changes: Change[] = [];
    for (const { command } of records) changes.push({ type: 'command', command });
    for (const event of events) changes.push({ type: 'event', event });
    const hostIds = new Set(records.map(({ command }) => command.hostId));
    for (const hostId of hostIds) changes.push({ type: 'host', hostId });
    if (events.length > 0) changes.push({ type: 'attention' });
    feed.publish(changes);
    for (const hostId of hostIds) ledger.inTurnOf(hostId, () => signals.changed.tell(hostId));
  });
  signals.failed.listen(({ touched }) => {
    for (const { command } of touched) {
      retries.set(command.id, clock.now() + RETRY_MS);
      armAgain(command.id);
    }
  });

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
        armAgain(id);
        return;
      }
      const seen = sessions.isOnline(hostId) ? (sessions.of(hostId)?.hello ?? null) : null;
      const isAway = (due?.name === 'killBy' || due?.name === 'keepAt') && !seen;
      const step = () =>
        record &&
        due &&
        applyAlone(record, isAway ? { type: 'disconnected', at } : { type: 'deadline', name: due.name, at, seen });
      if (!deps.guard('a deadline', step)) retries.set(id, at + RETRY_MS);
      armAgain(id);
    },
    onDrift: (byMs) => {
      for (const put of [hearing, retries]) for (const [id, until] of put) put.set(id, until + byMs);
      for (const one of putOff.values()) one.dueAt += byMs;
      for (const record of [...ledger.allLive()]) applyAlone(record, { type: 'shifted', byMs, at: clock.now() });
    },
    onGap: (byMs) => hearAll(clock.now() + Math.min(HEARING_PER_GAP * byMs, HEARING_MS)),
  });

  function armAgain(id: string): void {
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

  /** Later deadlines are not affected: those who must answer them are being heard meanwhile. */
  function hearAll(until: number): void {
    for (const record of [...ledger.allLive()]) {
      const { id } = record.command;
      if (isHeardOut(record)) continue;
      hearing.set(id, Math.max(until, hearing.get(id) ?? 0));
      armAgain(id);
    }
  }

  /** Repeated gaps postpone a deadline only until its host has been heard for long enough between them. */
  function isHeardOut(record: CommandRecord): boolean {
    const { id } = record.command;
    const due = nextDeadline(record);
    if (!due || due.at > clock.now()) {
      putOff.delete(id);
      return false;
    }
    const known = putOff.get(id);
    if (known?.dueAt === due.at) return deadlines.lived() - known.since >= HEARING_MS;
    putOff.set(id, { dueAt: due.at, since: deadlines.lived() });
    return false;
  }

  /** Once no reboot of the host can end a command any more, none did, unless an untracked one still goes on. */
  function rebootMoved(reboot: CommandRecord, at: number): void {
    const { hostId } = reboot.command;
    if (ledger.live(hostId).some(mayReboot)) return;
    const happens = happensUntracked(reboot);
    // An offline host's next hello will say whether it rebooted after all.
    if (!happens && !sessions.of(hostId)) return;
    for (const { command, shutdownExit } of ledger.live(hostId))
      if (happens || shutdownExit) apply(command.id, { type: 'reboot_over', happens, at });
  }

  function perform(record: CommandRecord, effect: Effect, at: number): void {
    const { id, hostId } = record.command;
    switch (effect.type) {
      case 'history':
        ledger.history(id, effect.entry);
        break;
      case 'event': {
        const { type: _, ...event } = effect;
        ledger.event({ at, hostId, commandId: id, ...event });
        break;
      }
      case 'send':
        // A host that is not online gets what it is owed at its welcome.
        ledger.afterCommit(() => {
          const session = sessions.isOnline(hostId) ? sessions.of(hostId) : null;
          if (session && takesFrame(effect.frame.type, session.hello.features)) session.send(effect.frame);
        });
        break;
      case 'tell-kill':
        // A command that ended by itself has nothing to learn.
        if (ledger.inMemory(effect.commandId)) apply(effect.commandId, { type: 'target', outcome: effect.outcome, at });
        break;
      case 'auto-kill':
        signals.autoKill.tell(record);
        break;
      default:
        assertNever(effect);
    }
  }

  function take(step: Step, at: number, durable: boolean): void {
    ledger.put(step.record, durable);
    for (const effect of step.effects) perform(step.record, effect, at);
    armAgain(step.record.command.id);
  }

  /** In the turn of its host alone: a failure for one host's command holds up no other's. */
  const applyAlone = ({ command: { id, hostId } }: CommandRecord, event: LifecycleEvent): CommandRecord | null =>
    ledger.inTurnOf(hostId, () => apply(id, event));

  function apply(id: string, event: LifecycleEvent): CommandRecord | null {
    deadlines.look();
    const record = ledger.get(id);
    if (!record) return null;
    const step = reduce(record, event);
    if (step.record === record && step.effects.length === 0) return record;
    // Progress and counters of a running command are worth showing, not worth a write each.
    const volatile = (event.type === 'progress' || event.type === 'output') && isActive(record.command.status);
    take(step, event.at, !volatile);
    if (mayReboot(record)) rebootMoved(step.record, event.at);
    return step.record;
  }

  const startedAt = clock.now();
  // No host is connected yet: it can't be asked about a kill before its hello.
  for (const record of [...ledger.allLive()]) applyAlone(record, { type: 'disconnected', at: startedAt });
  hearAll(startedAt + HEARING_MS);

  return {
    create(step) {
      deadlines.look();
      take(step, step.record.command.createdAt, true);
    },
    apply,
    close: deadlines.close,
  };
}
