import type { Log } from '../config/log.ts';

/** Does one piece of work after another, in order; a failed one is logged. */
export type WorkQueue = {
  add(work: () => Promise<void>): void;
  /** Resolves once all work added so far is done. */
  done(): Promise<void>;
};

export function createWorkQueue(log: Log): WorkQueue {
  let last: Promise<void> = Promise.resolve();
  return {
    add(work) {
      last = last.then(work).catch((error) => log.error({ err: error }, 'a frame could not be handled'));
    },
    done: () => last,
  };
}
