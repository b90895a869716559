import { assertNever } from '../../shared/assert-never.ts';
import { isActive } from '../../shared/model/command.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { takesFrame } from '../../shared/wire/features.ts';
import type { Effect, Step } from '../lifecycle/effect.ts';
import type { LifecycleEvent } from '../lifecycle/event.ts';
import { happensUntracked, mayReboot } from '../lifecycle/reboot.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { reduce } from '../lifecycle/reduce.ts';
import type { Change, Feed } from './changes.ts';
import { createCommandDeadlines } from './command-deadlines.ts';
import type { Guard } from './guard.ts';
import type { Ledger } from './ledger.ts';
import type { Sessions } from './sessions.ts';
import type { Signals } from './signals.ts';

/**
 * Load, reduce, write, and only then act.
 * E1 Every change of a command goes through `apply` or `create`; nothing else writes a record.
 * E2 Frames leave, changes are published and queues are woken only after the transaction that holds their cause.
 * E3 A failure for one host is logged, and holds up no other.
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

export function createEngine(deps: EngineDeps): Engine {
  const { clock, ledger, sessions, feed, signals } = deps;
  const deadlines = createCommandDeadlines({ clock, ledger, sessions, guard: deps.guard, apply: applyAlone });

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
    for (const { command } of touched) deadlines.retry(command.id);
  });

  /** Once no live reboot can end a command of the host, the host did not reboot, unless an untracked reboot still goes on. */
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
    deadlines.arm(step.record.command.id);
  }

  /** In the turn of its host alone: a failure for one host's command holds up no other's. */
  function applyAlone({ command: { id, hostId } }: CommandRecord, event: LifecycleEvent): void {
    ledger.inTurnOf(hostId, () => apply(id, event));
  }

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
  deadlines.heardFromNow();

  return {
    create(step) {
      deadlines.look();
      take(step, step.record.command.createdAt, true);
    },
    apply,
    close: deadlines.close,
  };
}
