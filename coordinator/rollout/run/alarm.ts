import type { Clock, TimerHandle } from '../../../shared/clock.ts';

/** Rings for each id when it is due. An id that was set several times rings once, at the soonest time. */
export type Alarm = {
  soon(id: string, delayMs: number): void;
  forget(id: string): void;
  close(): void;
};

export type AlarmDeps = {
  clock: Clock;
  onDue: (id: string) => void;
  /** The alarm rang late: this process was held up, the machine slept, or its wall clock was set. */
  onGap: () => void;
};

/** A ring that is later than this is a gap. */
const GAP_MS = 10_000;
/** Work at rings takes at most a twentieth of the time. */
const REST = 20;

export function createAlarm({ clock, onDue, onGap }: AlarmDeps): Alarm {
  const due = new Map<string, number>();
  let restUntil = 0;
  let timer: { handle: TimerHandle; at: number } | null = null;
  let closed = false;
  /** Wall clock minus monotonic clock, which stops while the machine sleeps. */
  const offset = (): number => clock.now() - clock.monotonic();
  let known = offset();

  function arm(): void {
    if (closed || due.size === 0) return;
    const soonest = Math.max(
      restUntil,
      [...due.values()].reduce((a, b) => Math.min(a, b)),
    );
    if (timer && timer.at <= soonest) return;
    clock.clearTimeout(timer?.handle);
    timer = { at: soonest, handle: clock.setTimeout(ring, Math.max(0, soonest - clock.monotonic())) };
  }

  function ring(): void {
    const now = clock.monotonic();
    const isLate = timer !== null && now - timer.at > GAP_MS;
    const isOff = Math.abs(offset() - known) > GAP_MS;
    timer = null;
    known = offset();
    if (isLate || isOff) onGap();
    for (const [id, at] of [...due]) {
      if (at > now) continue;
      due.delete(id);
      onDue(id);
    }
    restUntil = clock.monotonic() + (clock.monotonic() - now) * REST;
    arm();
  }

  return {
    soon(id, delayMs) {
      const at = clock.monotonic() + delayMs;
      due.set(id, Math.min(due.get(id) ?? at, at));
      arm();
    },
    forget: (id) => void due.delete(id),
    close() {
      closed = true;
      clock.clearTimeout(timer?.handle);
    },
  };
}
