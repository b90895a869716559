import type { Clock, TimerHandle } from '../../../shared/time/clock.ts';

/** Rings for each id when it is due. An id that was set several times rings once, at the soonest time. */
export type Alarm = {
  soon(id: string, delayMs: number): void;
  /** Rings next, without the rest between rings: a person waits for it. */
  now(id: string): void;
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
  const urgent = new Set<string>();
  let restUntil = 0;
  let timer: { handle: TimerHandle; at: number } | null = null;
  let closed = false;
  /** Wall clock minus monotonic clock, which stops while the machine sleeps. */
  const offset = (): number => clock.now() - clock.monotonic();
  let known = offset();

  function arm(): void {
    if (closed || due.size === 0) return;
    const first = [...due.values()].reduce((a, b) => Math.min(a, b));
    const soonest = urgent.size > 0 ? first : Math.max(restUntil, first);
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
      if (at > now || (now < restUntil && !urgent.has(id))) continue;
      due.delete(id);
      urgent.delete(id);
      onDue(id);
    }
    const end = clock.monotonic();
    // A short ring for a person does not shorten the rest.
    restUntil = Math.max(restUntil, end + (end - now) * REST);
    arm();
  }

  function soon(id: string, delayMs: number): void {
    const at = clock.monotonic() + delayMs;
    due.set(id, Math.min(due.get(id) ?? at, at));
    arm();
  }

  return {
    soon,
    now(id) {
      urgent.add(id);
      soon(id, 0);
    },
    forget(id) {
      due.delete(id);
      urgent.delete(id);
    },
    close() {
      closed = true;
      clock.clearTimeout(timer?.handle);
    },
  };
}
