import type { Grant } from '../../shared/model/grant.ts';

/** A person or program that acts: their name in commands and events, and their grants. */
export type Principal = {
  /** `admin`, `token:NAME`, `oidc:SUBJECT`. */
  readonly actor: string;
  readonly grants: readonly Grant[];
  /** The person who made the acting token; absent if no token acts, or no person made it. */
  readonly tokenOf?: string;
  /** Whether this op needs a step-up first (docs/protocol.md section 10, Step-up); null: an action that always does. */
  needsStepUp(op: string | null): boolean;
};

/** The holder of the admin token. */
export const ADMIN: Principal = { actor: 'admin', grants: [{ role: 'admin' }], needsStepUp: () => false };

/** The principal of routes for hosts. */
export const NOBODY: Principal = { actor: '', grants: [], needsStepUp: () => true };

/** The actor of events about unidentified callers. */
export const STRANGER = 'anonymous';
