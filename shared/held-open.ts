import type { ChildProcess } from 'node:child_process';
import type { Clock, TimerHandle } from './clock.ts';

/** A program has ended, and for so long nobody has written to its output: whoever holds that open is not waited for. */
export const HELD_OPEN_MS = 1_000;

/**
 * Closes what a program printed to, some time after its end: a process that it left behind, a connection which ssh keeps for the next one,
 * say, may hold that open for hours. `stop` when its output is complete, or not wanted any more.
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
