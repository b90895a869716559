import { createHash } from 'node:crypto';
import type { Evidence, Report } from '../shared/model/report.ts';
import type { ListedCommand } from '../shared/wire/protocol.ts';

export type Simulated = {
  /** Tells agents apart. */
  index: number;
  afterCommand: string | null;
  running: ListedCommand | null;
  /** When its checks were made. */
  checkedAt: number;
};

/** The report of an agent on a NixOS host: every field known, with different values for each host. */
export function simulatedReport({ index, afterCommand, running, checkedAt }: Simulated): Report {
  const { path, hash, systemPath } = identity(index);
  const check = (message: string) => ({ status: 'ok', message, checkedAt }) as const;
  return {
    sampledAt: Date.now(),
    afterCommand,
    running: running && {
      id: running.id,
      op: running.op,
      pid: 1000 + index,
      startedAt: running.startedAt,
      phase: 'build',
    },
    freshness: { sourceCommit: COMMIT, storePath: path, binaryHash: hash },
    installed: { storePath: path, binaryHash: hash },
    expectedCommit: COMMIT,
    repoCommit: COMMIT,
    generation: 100 + (index % 50),
    lockHash: LOCK_HASH,
    systemPath,
    checks: {
      lock: check('flake.lock is that of the branch'),
      system: check('the running system is what the repository builds'),
      tests: check('4 of 4 passed'),
    },
  };
}

/** Proof that any op has led to the reported state. */
export const simulatedEvidence = (index: number): Evidence => ({
  fetchedCommit: COMMIT,
  lockHash: LOCK_HASH,
  builtPath: identity(index).systemPath,
});

const sha = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

const COMMIT = sha('commit', 40);
const LOCK_HASH = sha('lock', 64);

type Identity = { path: string; hash: string; systemPath: string };
const identities: Identity[] = [];

function identity(index: number): Identity {
  const known = identities[index];
  if (known) return known;
  const made = {
    path: `/nix/store/${sha(`agent ${index}`, 32)}-switchyard-agent-0.1.0`,
    hash: sha(`hash ${index}`, 64),
    systemPath: `/nix/store/${sha(`system ${index}`, 32)}-nixos-system-host-${index}-25.11`,
  };
  identities[index] = made;
  return made;
}
