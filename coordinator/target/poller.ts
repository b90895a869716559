import type { Target } from '../../shared/model/target.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';

/**
 * The commit that the fleet should be at, looked up repeatedly.
 * T1 One look at a time; the next one is due `pollMs` after the last one ended.
 * T2 A failed look keeps the last good result and says why in `error`.
 * T3 Only those who ask for a look wait for it: a hanging remote is in no host's way.
 * T4 A host that fetched an unknown commit shows that there is news, which begins a look.
 */
export type TargetPoller = {
  /** As of the last finished look. */
  current(): Target;
  /** The target from a look that began after this call. */
  refresh(): Promise<Target>;
  /** A host fetched this commit from the remote. */
  fetched(commit: string): void;
  /** Ends the look under way and begins no other. */
  close(): Promise<void>;
};

export type PollResult =
  | { kind: 'found'; commit: string; lockHash: string | null; branch: string | null }
  | { kind: 'failed'; detail: string };

/** Reads a target at its source. */
export type TargetReader = {
  /** The source for people, without secrets. */
  name: string;
  /** `last` is the known target. Ends soon after `signal` is aborted. */
  look(last: Target, signal: AbortSignal): Promise<PollResult>;
};

export type TargetPollerDeps = {
  clock: Clock;
  /** Null if no target is configured: then there is nothing to poll. */
  reader: TargetReader | null;
  pollMs: number;
  /** After each look; `changed` is false if only `checkedAt` is new. */
  onLook: (target: Target, changed: boolean) => void;
};

export function createTargetPoller({ clock, reader, pollMs, onLook }: TargetPollerDeps): TargetPoller {
  const stopped = new AbortController();
  let target: Target = {
    commit: null,
    lockHash: null,
    branch: null,
    source: reader?.name ?? null,
    checkedAt: null,
    error: null,
  };
  let timer: TimerHandle | null = null;
  let underWay: Promise<Target> | null = null;
  let following: Promise<Target> | null = null;

  async function look(by: TargetReader): Promise<Target> {
    const found = await by
      .look(target, stopped.signal)
      .catch((error: unknown): PollResult => ({ kind: 'failed', detail: String(error) }));
    if (stopped.signal.aborted) return target;
    const last = target;
    const { commit, lockHash, branch } = found.kind === 'found' ? found : last;
    const error = found.kind === 'found' ? null : found.detail;
    target = { ...last, commit, lockHash, branch, checkedAt: clock.now(), error };
    const changed =
      commit !== last.commit || lockHash !== last.lockHash || branch !== last.branch || error !== last.error;
    onLook(target, changed);
    return target;
  }

  function begin(): Promise<Target> {
    if (!reader || stopped.signal.aborted) return Promise.resolve(target);
    clock.clearTimeout(timer);
    underWay = look(reader).finally(() => {
      underWay = null;
      if (!stopped.signal.aborted) timer = clock.setTimeout(() => void begin(), pollMs);
    });
    return underWay;
  }

  /** The look under way may have read the old state; everyone who asks meanwhile shares the look after it. */
  function refresh(): Promise<Target> {
    if (!underWay) return begin();
    following ??= underWay.then(() => {
      following = null;
      return begin();
    });
    return following;
  }

  void begin();
  return {
    current: () => target,
    refresh,
    fetched(commit) {
      if (commit !== target.commit) void refresh();
    },
    async close() {
      stopped.abort();
      clock.clearTimeout(timer);
      await underWay;
    },
  };
}
