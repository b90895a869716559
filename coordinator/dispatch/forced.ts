import type { OpDefinition } from '../../shared/ops/op-definition.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { HostEntry } from '../hosts/roster.ts';
import type { WakerDeps } from './waker.ts';

export type ForcedDeps = Pick<WakerDeps, 'clock' | 'windows' | 'catalog'> & { ledger: Pick<Ledger, 'event'> };

/** Records that an op was forced on hosts outside of their windows. */
export function tellForced(
  { clock, windows, catalog, ledger }: ForcedDeps,
  op: OpDefinition,
  hosts: readonly HostEntry[],
  actor: string,
): void {
  const at = clock.now();
  const outside = hosts.filter((host) => windows.shut(catalog.onHost(op.id, host) ?? op, host, at));
  const [first] = outside;
  if (!first) return;
  const who = outside.length === 1 ? first.name : `${outside.length} hosts`;
  ledger.event({
    at,
    level: 'warn',
    category: 'audit',
    actor,
    hostId: outside.length === 1 ? first.id : null,
    code: 'window_forced',
    message: `${op.id} was forced on ${who} outside of their window`,
  });
}
