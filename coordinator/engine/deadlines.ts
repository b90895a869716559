import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import { createLivedTime } from '../../shared/time/lived-time.ts';

/**
 * One timer for the soonest of many deadlines.
 * L1 Deadlines are data of their owners; this is only their alarm and may be rebuilt from them at any time.
 * L2 The alarm runs on monotonic time. If the wall clock was set, or the machine slept, `onDrift` comes first, so that stored
 *    deadlines are shifted and not fired. Times of the new clock must not be among them: see `look`.
 * L3 A gap of our own is not silence of the hosts. After one, `onGap` comes before anything falls due: what hosts said meanwhile
 *    still waits in the sockets. A wall clock that jumps ahead counts as a gap, because a suspended machine shows nothing else.
 */
export type Deadlines = {
  /** Arms `id` for wall-clock time `at`; null disarms it. */
  set(id: string, at: number | null): void;
  /** Detects a gap, and a wall clock that was set, at once. Call it before storing a wall-clock time. */
  look(): void;
  /** Milliseconds in which this process ran and could hear. */
  lived(): number;
  close(): void;
};

export type DeadlinesDeps = {
  clock: Clock;
  onDue: (id: string) => void;
  /** The wall clock has moved `byMs` more than the monotonic one. */
  onDrift: (byMs: number) => void;
  /** For `byMs` until now nothing ran here, and nobody was heard. */
  onGap: (byMs: number) => void;
};

/** Less than this is the normal slewing of a synchronized clock. */
export const DRIFT_MS = 1_000;

/** Interval of the looks for drift and gaps. A gap that ends well before a look goes unseen, but then sockets were read since. */
const LOOK_EVERY_MS = 250;
/** A look that is later by less than this is normal timer lateness. */
const GAP_MS = LOOK_EVERY_MS + 100;

export function createDeadlines({ clock, onDue, onDrift, onGap }: DeadlinesDeps): Deadlines {
  const dueAt = new Map<string, number>();
  let timer: TimerHandle | null = null;
  let timerAt = Number.POSITIVE_INFINITY;
  let offset = clock.now() - clock.monotonic();
  const lived = createLivedTime({ clock, stepMs: GAP_MS, onGap });

  const arm = (at: number): void => {
    clock.clearTimeout(timer);
    timerAt = at;
    timer = clock.setTimeout(ring, Math.max(0, at - clock.now()));
  };

  const rearm = (): void => {
    let soonest = clock.now() + LOOK_EVERY_MS;
    for (const at of dueAt.values()) if (at < soonest) soonest = at;
    arm(soonest);
  };

  const noticeDrift = (): void => {
    const now = clock.now() - clock.monotonic();
    const byMs = now - offset;
    offset = now;
    if (Math.abs(byMs) < DRIFT_MS) return;
    timerAt += byMs;
    for (const [id, at] of dueAt) dueAt.set(id, at + byMs);
    onDrift(byMs);
    if (byMs > 0) onGap(byMs);
  };

  const look = (): void => {
    noticeDrift();
    lived.now();
  };

  const ring = (): void => {
    look();
    const now = clock.now();
    const due: string[] = [];
    for (const [id, at] of dueAt) if (at <= now) due.push(id);
    for (const id of due) {
      dueAt.delete(id);
      onDue(id);
    }
    rearm();
  };

  rearm();
  return {
    set(id, at) {
      if (at === null) dueAt.delete(id);
      else {
        dueAt.set(id, at);
        if (at < timerAt) arm(at);
      }
    },
    look,
    lived: lived.now,
    close: () => clock.clearTimeout(timer),
  };
}
