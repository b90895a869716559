import { SwitchyardError } from '../../shared/api/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { DispatchAnswer, DispatchRequest, DispatchResult } from '../../shared/model/dispatch.ts';
import type { OpDefinition } from '../../shared/ops/op-definition.ts';
import { permitOp } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Signals } from '../engine/signals.ts';
import type { Fitting } from '../hosts/fitting.ts';
import { hostsMeant } from '../hosts/meant.ts';
import type { Roster } from '../hosts/roster.ts';
import { type Read, whenRead } from '../store/read.ts';
import { tellForced } from './forced.ts';
import { createHostDispatch } from './host-dispatch.ts';
import { createKillOrders, type KillOrders } from './kill-order.ts';
import type { Quarantine } from './quarantine.ts';
import { createWaker, type WakerDeps } from './waker.ts';

/**
 * From a request to commands, one per host (docs/protocol.md section 3, Dispatch).
 * T1 A dispatch is one transaction: it is answered when all of its commands are durable, or none is.
 * T2 Queued commands leave in the order of their host's line, whenever something about the host changes.
 */
export type Dispatcher = {
  /**
   * Reads the records that the dispatch needs, then dispatches, in one piece with `also`. Throws or rejects with
   * `SwitchyardError`: `unknown_op`, `unknown_host`, `invalid_request`, `invalid_where`, `forbidden`, `storage_unavailable`.
   */
  request<Result>(
    request: DispatchRequest,
    principal: Principal,
    also: (dispatched: Dispatched) => Read<Result>,
  ): Read<Result>;
  /**
   * The same for prepared hosts and live commands, whose records are all in memory.
   *
   * @param isExempt Quarantine does not stop the dispatch.
   */
  dispatch(request: DispatchRequest, actor: string, isExempt?: boolean): Dispatched;
  /** Sends the commands that wait for this host, as far as they may leave now. */
  wake(hostId: string): void;
  killOrders: KillOrders;
};

export type Dispatched = { answer: DispatchAnswer; status: 202 | 409 | 422 };

export type DispatcherDeps = WakerDeps & {
  engine: Engine;
  ledger: Ledger;
  signals: Pick<Signals, 'autoKill' | 'changed'>;
  roster: Roster;
  fitting: Fitting;
  quarantine: Pick<Quarantine, 'exempt'>;
};

/** Codes of a dispatch that failed only because hosts are busy: the same request may work later. */
const BUSY: ReadonlySet<string | null> = new Set(['command_pending', 'agent_busy']);

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { clock, ledger, roster, views, catalog } = deps;
  const killOrders = createKillOrders(deps);
  const dispatchTo = createHostDispatch(deps, killOrders);

  /** Replaces the request's host fields by the hosts that fit its `where`. */
  const narrowed = ({ where, hosts, tags, ...rest }: DispatchRequest & { where: string }): Read<DispatchRequest> =>
    whenRead(deps.fitting.ids(where), (ids) => ({
      ...rest,
      hosts: hostsMeant(roster, { hosts, tags }, ids).map(({ id }) => id),
    }));

  function opMeant(id: string, options: Record<string, unknown>): OpDefinition {
    const op = catalog.find(id);
    if (!op) throw new SwitchyardError('unknown_op', `No table and no host knows the op "${id}"`);
    const fault = catalog.faultOf(op, options);
    if (fault) throw new SwitchyardError('invalid_request', fault, { faults: [{ path: '/options', message: fault }] });
    return op;
  }

  const dispatcher: Dispatcher = {
    killOrders,
    request(request, principal, also) {
      const { executor } = opMeant(request.op, request.options ?? {});
      const { where } = request;
      if (where !== undefined)
        return whenRead(
          narrowed({ ...request, where }),
          ledger.bound((meant) => dispatcher.request(meant, principal, also)),
        );
      const hosts = hostsMeant(roster, request, null);
      permitOp(principal, request.op, hosts);
      // Kill and cancel need no check of a host.
      const unprepared = executor === 'agent' ? hosts.flatMap(({ id }) => (views.isPrepared(id) ? [] : id)) : [];
      // Another command may be meant once the read is done.
      if (unprepared.length > 0)
        return whenRead(
          views.prepare(unprepared),
          ledger.bound(() => dispatcher.request(request, principal, also)),
        );
      const { commandId } = request.options ?? {};
      return ledger.withRecords(typeof commandId === 'string' ? [commandId] : [], () =>
        also(dispatcher.dispatch(request, principal.actor)),
      );
    },
    dispatch(request, actor, isExempt = false) {
      const op = opMeant(request.op, request.options ?? {});
      const hosts = hostsMeant(roster, request, null);
      const dispatchId = newId();
      const createdAt = clock.now();
      const results = hosts.map((host): DispatchResult => {
        const { record, alternative } = dispatchTo(host, op, request, dispatchId, actor, isExempt);
        const { id, status, code, message } = record.command;
        return { hostId: host.id, host: host.name, commandId: id, status, code, message, alternative };
      });
      if (request.force) tellForced(deps, op, hosts, actor);
      ledger.also({
        type: 'dispatch',
        dispatch: { id: dispatchId, op: op.id, requestedBy: actor, createdAt, results },
      });
      const queued = results.filter(({ status }) => status === 'QUEUED').length;
      const blocked = results.filter(({ status }) => status === 'BLOCKED').length;
      const accepted = results.length - queued - blocked;
      const allBusy = results.every(({ code }) => BUSY.has(code));
      return {
        answer: { dispatchId, results, summary: { accepted, queued, blocked } },
        status: accepted + queued > 0 ? 202 : allBusy ? 409 : 422,
      };
    },
    wake: createWaker(deps),
  };
  deps.signals.changed.listen(dispatcher.wake);
  deps.signals.autoKill.listen(
    ({ command: { id, hostId } }) =>
      void dispatcher.dispatch({ op: 'kill', hosts: [hostId], options: { commandId: id } }, 'system'),
  );
  return dispatcher;
}
