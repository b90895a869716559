import { newCommandId } from '../../shared/ids.ts';
import { isActive } from '../../shared/model/command.ts';
import type { OutcomeCode } from '../../shared/model/outcomes.ts';
import { OUTCOMES } from '../../shared/model/outcomes.ts';
import type { OpDefinition } from '../../shared/ops/op-definition.ts';
import type { KillSignal } from '../../shared/ops/op-options.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Roster } from '../hosts/roster.ts';
import { activeCommand } from '../hosts/view.ts';
import { type Creation, createCommand, createDone, createKill } from '../lifecycle/create.ts';
import { isStronger } from '../lifecycle/kill.ts';
import { type CommandRecord, hasResult, isQueuedThere, type OwedKill } from '../lifecycle/record.ts';

/** An order to kill or cancel, for one host, with checked options. */
export type Order = {
  op: OpDefinition;
  hostId: string;
  dispatchId: string;
  actor: string;
  force: boolean;
  options: { signal?: KillSignal; graceMs?: number; force?: boolean; commandId?: string };
};

/** Kill and cancel as ops: each order is its own command, done at once or when its target has ended. */
export type KillOrders = {
  kill(order: Order): CommandRecord;
  cancel(order: Order): CommandRecord;
};

export type KillOrdersDeps = { clock: Clock; engine: Engine; ledger: Ledger; roster: Roster; sessions: Sessions };

const isRunning = ({ command: { status } }: CommandRecord): boolean =>
  status === 'PENDING' || status === 'EXECUTING' || status === 'KILLING';

/** No process of it is left; only its guard goes on. */
const isDecidedByGuard = (record: CommandRecord): boolean => record.guard !== null && hasResult(record);

export function createKillOrders({ clock, engine, ledger, roster, sessions }: KillOrdersDeps): KillOrders {
  const creation = (order: Order, target: CommandRecord | null): Creation => ({
    id: newCommandId(),
    at: clock.now(),
    op: order.op,
    platform: roster.byId(order.hostId)?.known?.platform ?? null,
    hostId: order.hostId,
    dispatchId: order.dispatchId,
    options: order.options,
    force: order.force,
    requestedBy: order.actor,
    targetCommandId: target?.command.id ?? null,
  });

  const blocked = (order: Order, target: CommandRecord | null, code: OutcomeCode, message: string): CommandRecord => {
    const decision = { status: 'BLOCKED' as const, code, message, alternative: null };
    const step = createCommand(creation(order, target), decision, roster.snapshot(order.hostId));
    engine.create(step);
    return step.record;
  };

  const done = (order: Order, target: CommandRecord, message: string): CommandRecord => {
    const step = createDone(creation(order, target), message);
    engine.create(step);
    return step.record;
  };

  /** The command named by its id, if it is this host's, or else the host's own choice. */
  const targetOf = ({ hostId, options }: Order, fallback: () => CommandRecord | null): CommandRecord | null => {
    if (options.commandId === undefined) return fallback();
    const record = ledger.get(options.commandId);
    return record?.command.hostId === hostId ? record : null;
  };

  const cancelTarget = (order: Order, target: CommandRecord): CommandRecord => {
    engine.apply(target.command.id, { type: 'cancel', at: clock.now(), actor: order.actor });
    const { op, id, status } = target.command;
    const isOnlyQueued = status === 'QUEUED' && !isQueuedThere(target);
    return done(order, target, `${op} ${id} ${isOnlyQueued ? 'left the queue' : 'is no longer tracked'}`);
  };

  const killRunning = (order: Order, target: CommandRecord): CommandRecord => {
    const { signal = 'SIGTERM', graceMs = target.policy.thresholds.killGraceMs, force = false } = order.options;
    const kill: OwedKill = { signal, graceMs, force };
    const underWay = ledger.live(order.hostId).find(({ command }) => command.op === 'kill' && isActive(command.status));
    const replaces = underWay?.command.targetCommandId === target.command.id && target.owedKill;
    if (underWay && !(replaces && isStronger(kill, replaces)))
      return blocked(
        order,
        target,
        'command_pending',
        `kill ${underWay.command.id} is under way; only a stronger one can replace it`,
      );
    const step = createKill(creation(order, target), kill);
    const { id } = step.record.command;
    // At its hello a host is about to be online: the kill follows the welcome.
    const online = sessions.of(order.hostId) !== null;
    if (isQueuedThere(target)) engine.apply(target.command.id, { type: 'cancel', at: clock.now(), actor: order.actor });
    engine.apply(target.command.id, { type: 'kill', at: clock.now(), actor: order.actor, commandId: id, kill, online });
    engine.create(step);
    return step.record;
  };

  return {
    kill(order) {
      const target = targetOf(order, () => {
        const live = ledger.live(order.hostId);
        const active = activeCommand(live);
        return active && isRunning(active) ? active : (live.find(isQueuedThere) ?? null);
      });
      const nothing = () => blocked(order, target, 'no_running_command', whyNot(target));
      if (!target || target.policy.completion === null) return nothing();
      if (isQueuedThere(target)) return killRunning(order, target);
      if (target.command.status === 'QUEUED') return cancelTarget(order, target);
      // A held exit: the process is gone, and the next boot says what that means.
      if (target.shutdownExit) return nothing();
      const mayRun =
        isRunning(target) || (target.open && !isActive(target.command.status) && !isDecidedByGuard(target));
      return mayRun ? killRunning(order, target) : nothing();
    },
    cancel(order) {
      const live = ledger.live(order.hostId);
      const newestQueued = () => live.findLast(({ command }) => command.status === 'QUEUED') ?? null;
      const target = targetOf(order, () => activeCommand(live) ?? newestQueued());
      // A kill under way goes on even if nobody tracks it: its own command can't be cancelled.
      return target && isActive(target.command.status) && target.policy.completion !== null
        ? cancelTarget(order, target)
        : blocked(order, target, 'no_running_command', whyNot(target));
    },
  };
}

function whyNot(target: CommandRecord | null): string {
  if (!target) return OUTCOMES.no_running_command.message;
  const { op, id, status } = target.command;
  return `${op} ${id} is ${status}: nothing of it is left to act on`;
}
