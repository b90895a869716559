import type { Grant } from '../../shared/grant.ts';

/** Who acts: the name that stands in commands and events, and what they were granted. */
export type Principal = {
  /** `admin`, `token:NAME`. */
  readonly actor: string;
  readonly grants: readonly Grant[];
  /** What they must show the admin token for again (docs/protocol.md section 10, Step-up): an op, or null for what always takes it. */
  needsStepUp(op: string | null): boolean;
};

/** Whoever has the admin token. */
export const ADMIN: Principal = { actor: 'admin', grants: [{ role: 'admin' }], needsStepUp: () => false };

/** On routes that take no principal. */
export const NOBODY: Principal = { actor: '', grants: [], needsStepUp: () => true };

export const tokenActor = (name: string): string => `token:${name}`;
