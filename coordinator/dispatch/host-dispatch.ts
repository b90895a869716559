import { newCommandId } from '../../shared/ids.ts';
import type { DispatchRequest } from '../../shared/model/dispatch.ts';
import type { OpDefinition } from '../../shared/ops/op-definition.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostEntry, Roster } from '../hosts/roster.ts';
import { createCommand } from '../lifecycle/create.ts';
import { precheckOn } from './host-precheck.ts';
import type { KillOrders, Order } from './kill-order.ts';
import type { Quarantine } from './quarantine.ts';
import type { WakerDeps } from './waker.ts';

export type HostDispatchDeps = WakerDeps & {
  engine: Engine;
  roster: Roster;
  quarantine: Pick<Quarantine, 'exempt'>;
};

/** Makes one host's command of a dispatch. */
export function createHostDispatch(deps: HostDispatchDeps, killOrders: KillOrders) {
  const { clock, engine, roster, catalog } = deps;
  /** One host's command, and the op that would be right instead. */
  return function dispatchTo(
    host: HostEntry,
    known: OpDefinition,
    request: DispatchRequest,
    dispatchId: string,
    actor: string,
    isExempt: boolean,
  ) {
    const { force = false, options = {}, queueMs = null } = request;
    if (known.executor === 'coordinator') {
      const order: Order = { op: known, hostId: host.id, dispatchId, actor, force, options };
      return { record: known.id === 'kill' ? killOrders.kill(order) : killOrders.cancel(order), alternative: null };
    }
    const decision = precheckOn(deps, { op: known.id, options, force, isExempt }, host, queueMs);
    const op = catalog.onHost(known.id, host) ?? known;
    const step = createCommand(
      {
        id: newCommandId(),
        at: clock.now(),
        op,
        platform: host.known?.platform ?? null,
        hostId: host.id,
        dispatchId,
        options,
        force,
        requestedBy: actor,
      },
      decision,
      roster.snapshot(host.id),
    );
    engine.create(step);
    if (isExempt) deps.quarantine.exempt(step.record.command.id);
    return { record: step.record, alternative: decision.alternative };
  };
}
