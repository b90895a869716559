import type { ChildProcess } from 'node:child_process';
import type { Clock, TimerHandle } from '../time/clock.ts';

/** A program has ended and nobody has written to its output for this long: stop waiting for its holder. */
export const HELD_OPEN_MS = 1_000;

/**
 * Closes a program's output some time after its end. A process that it left behind, such as the connection that ssh keeps for
 * reuse, may hold it open for hours. Call `stop` once the output is complete or no longer wanted.
 */
export function letGoOf(child: ChildProcess, clock: Clock): { stop(): void } {
  let timer: TimerHandle | null = null;
  const close = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const onExit = () => {
    timer = clock.setTimeout(close, HELD_OPEN_MS);
  };
  child.on('exit', onExit);
  return {
    stop() {
      child.off('exit', onExit);
      clock.clearTimeout(timer);
    },
  };
}
