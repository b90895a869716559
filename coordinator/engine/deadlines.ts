import type { Clock, TimerHandle } from '../../shared/clock.ts';
import { createLivedTime } from '../../shared/lived-time.ts';

/**
 * One timer over the soonest of many deadlines.
 *
 * L1 Deadlines are data of their owners; this is only their alarm, and may be built anew from them at any time.
 * L2 The alarm runs on monotonic time. Where the wall clock was set, or the machine slept, `onDrift` is told first, so that
 *    stored deadlines are shifted and not fired. Times of the new clock must not be among them: see `look`.
 * L3 A gap of our own is no silence of the hosts'. After one `onGap` is told before anything falls due: what they said meanwhile
 *    still waits in the sockets. A wall clock that runs ahead counts as one, since it is all that a suspended machine shows of it.
 */
export type Deadlines = {
  /** Arms `id` for wall-clock time `at`; null disarms it. */
  set(id: string, at: number | null): void;
  /** Notices at once a gap, and that the wall clock was set; to be called before a time of it is written down. */
  look(): void;
  /** Milliseconds in which this process ran, and could hear. */
  lived(): number;
  close(): void;
};

export type DeadlinesDeps = {
  clock: Clock;
  onDue: (id: string) => void;
  /** The wall clock has moved by `byMs` more than the monotonic one. */
  onDrift: (byMs: number) => void;
  /** Nothing ran here, and nobody was heard, for `byMs` until now. */
  onGap: (byMs: number) => void;
};

/** Less than this is the ordinary slewing of a clock that is kept in time. */
export const DRIFT_MS = 1_000;

/** How often drift and gaps are looked for. A gap that ends well before a look is not seen, but then sockets were read since. */
const LOOK_EVERY_MS = 250;
/** A look that is later than this by less is the ordinary lateness of a timer. */
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
    const due = [...dueAt.keys()].filter((id) => (dueAt.get(id) ?? now) <= now);
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
