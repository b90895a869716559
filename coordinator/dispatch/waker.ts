import { PASSING } from '../../shared/model/outcomes.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { HostEntry, Roster } from '../hosts/roster.ts';
import { policyOf } from '../lifecycle/create.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { type HostPrecheckDeps, precheckOn } from './host-precheck.ts';
import type { Quarantine } from './quarantine.ts';

export type WakerDeps = HostPrecheckDeps & {
  engine: Pick<Engine, 'apply'>;
  ledger: Pick<Ledger, 'live'>;
  roster: Pick<Roster, 'byId' | 'snapshot'>;
  quarantine: Pick<Quarantine, 'isExempt'>;
};

/** Sends the commands that wait for a host, in the order of its line and as far as they may leave now. */
export function createWaker(deps: WakerDeps): (hostId: string) => void {
  const { clock, engine, ledger, roster, sessions, catalog } = deps;

  function wakeOne(host: HostEntry, record: CommandRecord): 'gone' | 'waits' {
    const { id, op } = record.command;
    // The command was sent before the store was put back. Its end comes from the host.
    if (sessions.keeps(host.id, id)) return 'waits';
    const decision = precheckOn(deps, { ...record.command, isExempt: deps.quarantine.isExempt(id) }, host, null);
    if (decision.status === 'QUEUED' || (decision.status === 'BLOCKED' && PASSING.has(decision.code))) return 'waits';
    const now = catalog.onHost(op, host);
    const platform = host.known?.platform ?? null;
    const policy = now ? policyOf({ op: now, platform }) : record.policy;
    engine.apply(id, { type: 'woken', at: clock.now(), decision, host: roster.snapshot(host.id), policy });
    return 'gone';
  }

  return (hostId) => {
    // This runs at every heartbeat, and usually no command is live.
    const live = ledger.live(hostId);
    if (live.length === 0) return;
    const host = roster.byId(hostId);
    // Every queued command waits while its host is offline.
    if (!host || !sessions.isOnline(hostId)) return;
    for (const record of live) if (record.command.status === 'QUEUED' && wakeOne(host, record) === 'waits') return;
  };
}
