import type { Target } from '../../shared/model/target.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { featuresMissing } from '../../shared/wire/features.ts';
import type { HostEntry } from '../hosts/roster.ts';
import type { OpCatalog } from './op-catalog.ts';
import { type PrecheckFactsDeps, precheckFactsOf } from './precheck-facts.ts';
import { decide, type Precheck } from './prechecks.ts';
import type { Quarantine } from './quarantine.ts';
import type { Windows } from './windows.ts';

export type HostPrecheckDeps = PrecheckFactsDeps & {
  clock: Clock;
  catalog: OpCatalog;
  quarantine: Pick<Quarantine, 'commits'>;
  windows: Pick<Windows, 'shut'>;
  target: () => Target | null;
  queuedPerHost: number;
};

/** A command that would run on a host. `isExempt`: quarantine does not stop it. */
export type Wanted = {
  op: string;
  options: Readonly<Record<string, unknown>>;
  force: boolean;
  isExempt: boolean;
};

const NONE: ReadonlySet<string> = new Set();

/** Runs the pre-checks for a command on a host, as both are now. `queueMs`: how long it may wait; null if it may not, or is queued already. */
export function precheckOn(deps: HostPrecheckDeps, wanted: Wanted, host: HostEntry, queueMs: number | null): Precheck {
  const { clock, catalog } = deps;
  const { op: opId, options, force } = wanted;
  const op = catalog.onHost(opId, host);
  return decide({
    opId,
    op,
    missing: featuresMissing(opId, options, deps.sessions.of(host.id)?.hello.features ?? []),
    host: precheckFactsOf(deps, host, opId, clock.now()),
    target: deps.target(),
    commit: typeof options.commit === 'string' ? options.commit : null,
    quarantined: wanted.isExempt ? NONE : deps.quarantine.commits(),
    shut: op ? deps.windows.shut(op, host, clock.now()) : null,
    force,
    queueMs,
    queuedPerHost: deps.queuedPerHost,
    now: clock.now(),
  });
}
