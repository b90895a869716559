import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import { awayWords } from '../store/postgres/away-words.ts';
import { type Ask, type Database, openSessions } from '../store/postgres/database.ts';
import { isReplicated, LEASE_MS, readClock, readLease, takeLead } from '../store/postgres/lease.ts';
import { layGround } from '../store/postgres/migrate.ts';
import type { Waiting } from './waiting.ts';

/** A lead that was taken: its sessions, the query of the session that renews it, and when the lease was asked for (monotonic). */
export type Term = { term: number; database: Database; ask: Ask; since: number };

export type Candidate = {
  /** Looks once whether the lead is free, and then takes it if it `mayLead`. */
  look(mayLead: boolean): Promise<{ kind: 'leads'; term: Term } | Waiting>;
  /** Ends its sessions. */
  close(): void;
};

export type CandidateDeps = {
  clock: Clock;
  url: string;
  holder: string;
  advertised: () => string | null;
  log: Log;
  /** A term's session was lost. */
  onLost: (cause: Error) => void;
};

/** How long a look may take. TCP alone takes many minutes to notice a network that drops everything. */
const LOOK_WITHIN_MS = LEASE_MS;
/** A difference that a slow answer can't explain. */
const CLOCK_OFF_MS = 5_000;

/** Watches the lease over one session. Reopens the session when it is lost. */
export function createCandidate({ clock, url, holder, advertised, log, onLost }: CandidateDeps): Candidate {
  let watch: { database: Database; ask: Ask } | null = null;
  /** The sessions of the present look, including those that are being opened. */
  let looking: Database | null = null;
  /** Why the database was last away. Keeps each reason to one log line. */
  let away: string | null = null;
  let isLeading = false;

  async function open(): Promise<NonNullable<typeof watch>> {
    isLeading = false;
    const database = openSessions({
      url,
      holder,
      onLost: (cause) => {
        if (isLeading) onLost(cause);
        else watch = null;
      },
    });
    looking = database;
    try {
      const session = await database.session();
      await layGround(session);
      return { database, ask: session.ask };
    } catch (error) {
      database.cut();
      throw error;
    }
  }

  async function ask(mayLead: boolean): Promise<{ kind: 'leads'; term: Term } | Waiting> {
    watch ??= await open();
    const { database, ask } = watch;
    looking = database;
    const lease = await readLease(ask, holder);
    if (away !== null) log.info('the database is back');
    away = null;
    if (!lease.free) return { kind: 'standby', leader: lease.url };
    if (!mayLead) return { kind: 'standby', leader: null };
    const since = clock.monotonic();
    const term = await takeLead(ask, { holder, url: advertised() }, lease);
    if (term === null) return { kind: 'standby', leader: null };
    watch = null;
    if (!(await isReplicated(ask)))
      log.warn(
        'the database confirms a commit before another machine has it: where its machine is lost, what was acknowledged last may be too',
      );
    const aheadMs = clock.now() - (await readClock(ask));
    if (Math.abs(aheadMs) > CLOCK_OFF_MS)
      log.warn(
        { aheadMs },
        "this machine's clock is not the database's: until they agree, deadlines of commands that another coordinator sent come early or late",
      );
    isLeading = true;
    return { kind: 'leads', term: { term, database, ask, since } };
  }

  return {
    async look(mayLead) {
      const silence = clock.setTimeout(() => looking?.cut(), LOOK_WITHIN_MS);
      try {
        return await ask(mayLead);
      } catch (err) {
        looking?.cut();
        watch = null;
        const reason = err instanceof Error ? err.message : String(err);
        if (reason !== away) log.error({ err }, `the database is away: ${awayWords(err, url)}`);
        away = reason;
        return { kind: 'away' };
      } finally {
        clock.clearTimeout(silence);
        looking = null;
      }
    },
    close() {
      watch?.database.cut();
      watch = null;
    },
  };
}
