import type { Clock, TimerHandle } from '../../shared/time/clock.ts';

/** Sockets and answers under way, each open only as long as its credential is valid. */
export type CredentialWatch = {
  /** Runs when the credential is no longer valid, at once if it already is not; returns a function that cancels this. */
  until(credential: string, run: () => void): () => void;
  /** The credential was taken away. */
  ended(credential: string): void;
  close(): void;
};

export type CredentialWatchDeps = {
  clock: Clock;
  /** Credentials also expire. */
  isGood: (credential: string) => boolean;
};

/** A credential that was taken away stops working within a second (docs/protocol.md section 10). */
const LOOK_EVERY_MS = 500;

export function createCredentialWatch({ clock, isGood }: CredentialWatchDeps): CredentialWatch {
  const open = new Map<string, Set<() => void>>();
  let timer: TimerHandle | null = null;

  function ended(credential: string): void {
    const running = open.get(credential) ?? [];
    open.delete(credential);
    for (const run of running) run();
  }

  function look(): void {
    for (const credential of [...open.keys()]) if (!isGood(credential)) ended(credential);
    timer = open.size > 0 ? clock.setTimeout(look, LOOK_EVERY_MS) : null;
  }

  return {
    until(credential, run) {
      if (!isGood(credential)) {
        run();
        return () => {};
      }
      const running = open.get(credential) ?? new Set();
      open.set(credential, running.add(run));
      timer ??= clock.setTimeout(look, LOOK_EVERY_MS);
      return () => {
        running.delete(run);
        if (running.size === 0 && open.get(credential) === running) open.delete(credential);
      };
    },
    ended,
    close: () => clock.clearTimeout(timer),
  };
}
