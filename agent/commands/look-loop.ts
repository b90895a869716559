import type { Clock, TimerHandle } from '../../shared/time/clock.ts';

export type LookLoop = {
  /** Resolves after the first look. */
  readonly looked: Promise<void>;
  /** Something may have changed: look soon. */
  poke(): void;
  close(): void;
};

/** Calls `look` at once, every `everyMs`, and `soonMs` after a poke; never two at a time. */
export function startLooking(deps: { look(): Promise<void>; everyMs: number; soonMs: number; clock: Clock }): LookLoop {
  const { clock } = deps;
  let timer: TimerHandle | null = null;
  let looking = false;
  let poked = false;
  let closed = false;

  async function look(): Promise<void> {
    looking = true;
    poked = false;
    await deps.look();
    looking = false;
    arm(poked ? deps.soonMs : deps.everyMs);
  }

  function arm(delayMs: number): void {
    clock.clearTimeout(timer);
    if (!closed) timer = clock.setTimeout(() => void look(), delayMs);
  }

  return {
    looked: look(),
    poke() {
      if (poked) return;
      poked = true;
      if (!looking) arm(deps.soonMs);
    },
    close() {
      closed = true;
      clock.clearTimeout(timer);
    },
  };
}
