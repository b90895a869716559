import type { Grant } from '../../shared/grant.ts';

/** Who acts: the name that stands in commands and events, and what they were granted. */
export type Principal = {
  /** `admin`, `token:NAME`. */
  readonly actor: string;
  readonly grants: readonly Grant[];
};

/** Whoever has the admin token. */
export const ADMIN: Principal = { actor: 'admin', grants: [{ role: 'admin' }] };

/** On routes that take no principal. */
export const NOBODY: Principal = { actor: '', grants: [] };

export const tokenActor = (name: string): string => `token:${name}`;
