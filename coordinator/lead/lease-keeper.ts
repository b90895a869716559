import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Ask } from '../store/postgres/database.ts';
import { LEASE_MS, renewLead } from '../store/postgres/lease.ts';

/** The interval between renewals. */
const RENEW_MS = 2_000;

export type LeaseKeeperDeps = {
  clock: Clock;
  /** A session of its own: its renewals wait for no other query. */
  ask: Ask;
  term: number;
  /** When the lease was asked for, on the monotonic clock. */
  since: number;
  url: () => string | null;
  /** Called once: another coordinator has the lead, or no renewal was confirmed within the lease's time. */
  onLost: (cause: Error) => void;
};

/**
 * Renews the lease. Its time runs from the request for the lease or for a renewal, on the monotonic clock, so this side never
 * believes in its lead longer than the database does.
 */
export function keepLease({ clock, ask, term, since, url, onLost }: LeaseKeeperDeps): { close(): void } {
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

  lastsFrom(since);
  renewOn();
  return { close };
}
