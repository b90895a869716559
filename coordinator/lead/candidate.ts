import type { Log } from '../config/log.ts';
import { type Ask, type Database, openSessions } from '../store/postgres/database.ts';
import { isReplicated, readLease, takeLead } from '../store/postgres/lease.ts';
import { layGround } from '../store/postgres/migrate.ts';
import type { Waiting } from './standby.ts';

/** A lead that was taken: its sessions and the query of the session that renews it. */
export type Term = { term: number; database: Database; ask: Ask };

export type Candidate = {
  /** Looks once whether the lead is free. */
  look(): Promise<{ kind: 'leads'; term: Term } | Waiting>;
  /** Ends its sessions. */
  close(): void;
};

export type CandidateDeps = {
  url: string;
  holder: string;
  advertised: () => string | null;
  log: Log;
  /** A term's session was lost. */
  onLost: (cause: Error) => void;
};

/** Watches the lease over one session. Reopens the session when it is lost. */
export function createCandidate({ url, holder, advertised, log, onLost }: CandidateDeps): Candidate {
  let watch: { database: Database; ask: Ask } | null = null;
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
    try {
      const session = await database.session();
      await layGround(session);
      return { database, ask: session.ask };
    } catch (error) {
      database.cut();
      throw error;
    }
  }

  async function ask(): Promise<{ kind: 'leads'; term: Term } | Waiting> {
    watch ??= await open();
    const { database, ask } = watch;
    const lease = await readLease(ask, holder);
    if (away !== null) log.info('the database is back');
    away = null;
    if (!lease.free) return { kind: 'standby', leader: lease.url };
    const term = await takeLead(ask, { holder, url: advertised() }, lease);
    if (term === null) return { kind: 'standby', leader: null };
    isLeading = true;
    watch = null;
    if (!(await isReplicated(ask)))
      log.warn(
        'the database confirms a commit before another machine has it: where its machine is lost, what was acknowledged last may be too',
      );
    return { kind: 'leads', term: { term, database, ask } };
  }

  return {
    look: () =>
      ask().catch((err): Waiting => {
        watch?.database.cut();
        watch = null;
        const reason = err instanceof Error ? err.message : String(err);
        if (reason !== away) log.error({ err }, 'the database is away');
        away = reason;
        return { kind: 'away' };
      }),
    close() {
      watch?.database.cut();
      watch = null;
    },
  };
}
