import { type Static, Type } from 'typebox';
import { Nullable, Time } from '../schema.ts';

/** The commit that the fleet's configuration repository asks for now (docs/protocol.md section 3, GET /api/target). */
export const Target = Type.Object({
  commit: Nullable(Type.String()),
  lockHash: Nullable(Type.String()),
  branch: Nullable(Type.String()),
  /** Where it was read: a git remote or a URL; null if none is configured. */
  source: Nullable(Type.String()),
  checkedAt: Nullable(Time),
  /** Why the last look failed; null if it succeeded. */
  error: Nullable(Type.String()),
});
export type Target = Static<typeof Target>;
