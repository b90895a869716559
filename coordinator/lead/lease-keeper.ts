import type { Clock, TimerHandle } from '../../shared/clock.ts';
import type { Ask } from '../store/postgres/database.ts';
import { LEASE_MS, renewLead } from '../store/postgres/lease.ts';

/** How often the lease is renewed. */
export const RENEW_MS = 2_000;

export type LeaseKeeperDeps = {
  clock: Clock;
  /** A session of its own, which waits for nobody. */
  ask: Ask;
  term: number;
  url: () => string | null;
  /** Once: another coordinator has the lead, or nothing confirmed it for as long as it lasts. */
  onLost: (cause: Error) => void;
};

/**
 * Renews the lease. It counts from the moment when a renewal was asked for, on the monotonic clock, so that this side believes in
 * its lead for no longer than the database does.
 */
export function keepLease({ clock, ask, term, url, onLost }: LeaseKeeperDeps): { close(): void } {
  let renewal: TimerHandle | null = null;
  let end: TimerHandle | null = null;
  let closed = false;

  function lose(cause: Error): void {
    if (closed) return;
    close();
    onLost(cause);
  }

  function close(): void {
    closed = true;
    clock.clearTimeout(renewal);
    clock.clearTimeout(end);
  }

  function lastsFrom(askedAt: number): void {
    clock.clearTimeout(end);
    const left = askedAt + LEASE_MS - clock.monotonic();
    end = clock.setTimeout(() => lose(new Error('the database did not confirm the lead in time')), left);
  }

  async function renew(): Promise<void> {
    const askedAt = clock.monotonic();
    const isMine = await renewLead(ask, term, url());
    if (closed) return;
    if (!isMine) return lose(new Error('another coordinator has taken the lead'));
    lastsFrom(askedAt);
    renewal = clock.setTimeout(renewOn, RENEW_MS);
  }

  const renewOn = (): void => void renew().catch(lose);

  lastsFrom(clock.monotonic());
  renewOn();
  return { close };
}
