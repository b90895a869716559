import type { Target } from '../../shared/model/target.ts';

/** A target with a commit: without one, nothing can be behind it. */
export type KnownTarget = Target & { commit: string };

/** False if no target is configured, or none has been read yet. */
export const isTargetKnown = (target: Target | null): target is KnownTarget =>
  target !== null && target.commit !== null;

/** Why the target can't be fetched: one is configured and the last look failed, whatever earlier looks found. */
export const targetFault = (target: Target | null): string | null =>
  target === null || target.source === null || target.error === null
    ? null
    : `The target can't be fetched: ${target.error}`;
