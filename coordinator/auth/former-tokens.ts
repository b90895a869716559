import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { FormerToken } from '../store/records.ts';

/**
 * Old tokens that hosts may still use (`graceMs`, docs/protocol.md section 10).
 *
 * F1 The old one ends when the new one is used or its grace is over, whichever comes first; a restart changes neither.
 * F2 The connections that it opened end with it.
 */
export type FormerTokens = {
  /** Counts the changes of hosts' tokens, so that a read of a token can tell whether one happened meanwhile. */
  changes(): number;
  began(hostId: string, until: number): void;
  /** The host was removed, or got a token without grace. */
  dropped(hostId: string): void;
  /** Whether the host's old token still works; false from its end on, even if that is not stored yet. */
  isKept(hostId: string): boolean;
  /** The host has shown its present token. */
  presentUsed(hostId: string): void;
  close(): void;
};

export type FormerTokensDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  stored: readonly FormerToken[];
  nameOf: (hostId: string) => string;
  /** Ends every connection of the host. */
  closeHost: (hostId: string, reason: string) => void;
};

/** 7 days: within the longest timer. */
export const MAX_GRACE_MS = 7 * 24 * 3_600_000;

export function createFormerTokens({ clock, log, ledger, stored, ...deps }: FormerTokensDeps): FormerTokens {
  const timers = new Map<string, TimerHandle>();
  let changes = 0;

  function dropped(hostId: string): void {
    changes += 1;
    clock.clearTimeout(timers.get(hostId) ?? null);
    timers.delete(hostId);
  }

  function end(hostId: string, why: string): void {
    dropped(hostId);
    ledger.also({ type: 'former_token_gone', id: hostId });
    ledger.event({
      at: clock.now(),
      level: 'info',
      category: 'system',
      actor: 'system',
      hostId,
      code: 'former_token_ended',
      message: `The old token of ${deps.nameOf(hostId)} works no longer: ${why}`,
    });
    ledger.commit().catch((err) => log.warn({ err, hostId }, 'the end of an old token could not be written'));
    deps.closeHost(hostId, 'the old token works no longer');
  }

  function began(hostId: string, until: number): void {
    dropped(hostId);
    const left = Math.max(0, until - clock.now());
    timers.set(
      hostId,
      clock.setTimeout(() => end(hostId, 'its time was over'), left),
    );
  }
  for (const { id, until } of stored) began(id, until);

  return {
    changes: () => changes,
    began,
    dropped,
    isKept: (hostId) => timers.has(hostId),
    presentUsed(hostId) {
      if (timers.has(hostId)) end(hostId, 'the new one was used');
    },
    close() {
      for (const timer of timers.values()) clock.clearTimeout(timer);
    },
  };
}
