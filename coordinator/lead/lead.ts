import { backoffMs } from '../../shared/time/backoff.ts';
import { type Clock, endedWithin, sleep } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { ListenAddress } from '../config/options.ts';
import { releaseLead } from '../store/postgres/lease.ts';
import { openStore } from '../store/postgres/store.ts';
import { type Candidate, createCandidate, type Term } from './candidate.ts';
import { type Build, type Built, isListenFault, type Leading } from './leading.ts';
import { keepLease } from './lease-keeper.ts';
import { createPlace } from './place.ts';
import { withQueue } from './queue.ts';
import type { Waiting } from './waiting.ts';

/**
 * One of several coordinators on one database. It stands by until the lead is free, leads until the lead is lost, and stands by again.
 * N1 The end of a lead ends its database sessions first, so that nothing more is written or acknowledged; then every connection. The next
 *    lead begins with the stored record.
 * N2 It always listens, except for the moment of a change.
 */
export type LeadDeps = {
  clock: Clock;
  log: Log;
  /** The database's URL. */
  url: string;
  listen: ListenAddress;
  /** Where others reach this coordinator; null: where it listens. */
  advertise: string | null;
  /** This coordinator's own id; no other running coordinator has it. */
  holder: string;
  build: Build;
  /** This coordinator cannot go on: a lost lead does not end, or its address was taken meanwhile. */
  onFailed: (cause: unknown) => void;
};

const urlOf = ({ host, port }: ListenAddress): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The interval between looks at the lease. */
const LOOK_MS = 500;
/** The waits after a lead that could not be taken up: longer than another coordinator takes to look. */
const RETRY = { firstMs: 2 * LOOK_MS, longestMs: 15_000 };
/** How long the release of a lead may take. */
const GIVE_BACK_MS = 1_000;
/** How long a lost lead may take to end. */
const END_MS = 5_000;

export function leadInTurn({ clock, log, url, listen, advertise, holder, build, onFailed }: LeadDeps): Leading {
  const closing = new AbortController();
  const { signal } = closing;
  let waiting: Waiting = { kind: 'standby', leader: null };
  let ended = Promise.withResolvers<Error | null>();
  /** Leads in a row that could not be taken up. */
  let failures = 0;
  /** Until then (monotonic) it only looks. */
  let leadsFrom = 0;
  const place = createPlace({ clock, listen, waiting: () => waiting });

  const advertised = (): string | null => advertise ?? place.address() ?? (listen.port === 0 ? null : urlOf(listen));

  const candidate: Candidate = createCandidate({
    clock,
    url,
    holder,
    advertised,
    log,
    onLost: (cause) => ended.resolve(cause),
  });

  /** The first start looks once before it listens, so that a coordinator alone already leads when it is first reached. */
  async function taken(): Promise<Term | null> {
    if (place.address() !== null) await place.standBy();
    while (!signal.aborted) {
      const found = await candidate.look(clock.monotonic() >= leadsFrom);
      if (found.kind === 'leads') {
        // This one leads as soon as it has read the store; the leader before it may be dead.
        waiting = { kind: 'standby', leader: null };
        return found.term;
      }
      if (isNews(found)) log.info(found, 'standing by');
      waiting = found;
      await place.standBy();
      await sleep(clock, LOOK_MS, signal).catch(() => {});
    }
    return null;
  }

  const isNews = (found: Waiting): boolean => !place.standsBy() || JSON.stringify(found) !== JSON.stringify(waiting);

  async function lead({ term, database, ask, since }: Term): Promise<void> {
    const lost = (cause: Error) => {
      // Cuts at once, because otherwise work that waits for the database during the takeover would go on waiting.
      database.cut();
      ended.resolve(cause);
    };
    const lease = keepLease({ clock, ask, term, since, url: advertised, onLost: lost });
    let app: Built | null = null;
    try {
      const { store, keeper } = await openStore({ database, term, onLost: lost });
      app = await build({ store, keeper });
      await place.stopStandingBy();
      place.taken(await app.server.listen(withQueue(place.listen())));
      log.info({ term }, 'leading');
      const cause = await ended.promise;
      if (cause) log.error({ err: cause, term }, 'the lead has ended');
      else {
        await app.close();
        app = null;
        // A renewal after the release would take the lead back.
        lease.close();
        await endedWithin(clock, releaseLead(ask, term), GIVE_BACK_MS);
      }
    } catch (error) {
      lease.close();
      // Another coordinator may be able to lead.
      if (!database.isCut()) await endedWithin(clock, releaseLead(ask, term), GIVE_BACK_MS);
      throw error;
    } finally {
      lease.close();
      database.cut();
      waiting = { kind: 'standby', leader: null };
      await within(app?.close());
    }
  }

  /** A lead that does not end must not stay beside the next one. */
  async function within(work: Promise<void> | undefined): Promise<void> {
    const stuck = clock.setTimeout(() => onFailed(new Error('a lead that was lost did not end')), END_MS);
    await work?.catch((err) => log.warn({ err }, 'a lead that was lost did not end well'));
    clock.clearTimeout(stuck);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      ended = Promise.withResolvers();
      const term = await taken();
      if (!term) break;
      if (signal.aborted) ended.resolve(null);
      try {
        await lead(term);
        failures = 0;
      } catch (err) {
        if (isListenFault(err)) throw err;
        log.error({ err }, 'the lead could not be taken up');
        leadsFrom = clock.monotonic() + backoffMs(failures, RETRY);
        failures += 1;
      }
    }
    await place.stopStandingBy();
    candidate.close();
  }

  const running = run();
  running.catch((error) => (place.address() === null ? place.failed(error) : onFailed(error)));
  return {
    listening: place.listening,
    async close() {
      closing.abort();
      ended.resolve(null);
      await running.catch(() => {});
    },
  };
}
