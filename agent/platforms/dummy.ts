import type { Evidence } from '../../shared/model/report.ts';
import type { HostFacts, Plan, Platform } from '../spool/platform.ts';

export type DummyPlatform = Platform & {
  /** The state for the next reports; a test changes it as an op would. */
  readonly hostFacts: HostFacts;
};

const NO_FACTS: HostFacts = {
  repoCommit: null,
  generation: null,
  lockHash: null,
  systemPath: null,
  expectedCommit: null,
  checks: {},
};

/** A host in memory: its ops are the given plans, it leaves the given evidence, and nothing on the machine is read. */
export function createDummy(plans: Readonly<Record<string, Plan>>, evidence: Evidence = {}): DummyPlatform {
  const hostFacts = { ...NO_FACTS };
  return {
    name: 'custom',
    features: [],
    hostFacts,
    ops: () => Object.entries(plans).map(([id, { completion }]) => ({ id, completion })),
    plan: async (op) => plans[op] ?? { code: 'unknown_op', message: `this host cannot run ${op}` },
    evidence: async () => evidence,
    facts: async () => ({ ...hostFacts }),
  };
}
