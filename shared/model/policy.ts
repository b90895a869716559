import { type Static, Type } from 'typebox';
import { CommitId, Name, Nullable, OneOf, Time, Uuid } from '../schema.ts';
import { RolloutRequest } from './rollout.ts';

/** A policy's rollouts start at a new commit of the target or at set times. */
const POLICY_TRIGGERS = ['target', 'cron'] as const;

/** A rollout that starts by itself: `[policies.NAME]` of CONFIG (docs/rollouts.md, Policies). */
export const PolicyView = Type.Object({
  name: Name,
  on: OneOf(POLICY_TRIGGERS),
  cron: Nullable(Type.String()),
  timezone: Nullable(Type.String()),
  /** The plan of its rollouts. */
  rollout: RolloutRequest,
  paused: Type.Boolean(),
  /** Null for the target, and while it is paused. */
  nextAt: Nullable(Time),
  /** The newest of the target's commits that it began a run for, or found at its first start. */
  commit: Nullable(CommitId),
  lastRunAt: Nullable(Time),
  /** Its last rollout. */
  rolloutId: Nullable(Uuid),
  /** Why a due run has not begun. */
  waiting: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
});
export type PolicyView = Static<typeof PolicyView>;
