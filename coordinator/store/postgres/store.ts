import type { OutputKeeper } from '../../output/keeper.ts';
import type { Store } from '../port.ts';
import { createBatches } from './batches.ts';
import { createCommandStore } from './commands.ts';
import { createDamages } from './damages.ts';
import type { Database } from './database.ts';
import { createEnrolmentStore } from './enrolments.ts';
import { createEventStore } from './events.ts';
import { createHostStore } from './hosts.ts';
import { createMarkStore } from './marks.ts';
import { migrate } from './migrate.ts';
import { createOutboxStore } from './outbox.ts';
import { createOutputKeeper } from './output-keeper.ts';
import { createRetentionStore } from './retention.ts';
import { createRolloutStore } from './rollouts.ts';
import { createWriteRows } from './rows.ts';
import { createApiTokenStore, createDispatchStore, createHistoryStore, createSignInStore } from './small-stores.ts';

export type PostgresDeps = {
  database: Database;
  /** The lead's term. Every write checks it under a lock. */
  term: number;
  /** The lead has ended. Every later write fails. */
  onLost: (cause: Error) => void;
};

/** Opens the PostgreSQL store and output keeper for the leader of a term. Brings the schema up to date first. */
export async function openStore({
  database,
  term,
  onLost,
}: PostgresDeps): Promise<{ store: Store; keeper: OutputKeeper }> {
  const session = await database.session();
  const isNew = await migrate(session, term);
  const damages = createDamages(database);
  const writeRows = createWriteRows(database, term);
  const writeAll = createBatches({ session, isCut: database.isCut, term, onLost });
  let last: Promise<unknown> = Promise.resolve();
  const keeper = createOutputKeeper({ ask: database.ask, session: await database.session(), writeRows, term, onLost });
  const store: Store = {
    isNew,
    hosts: createHostStore(database, damages),
    commands: createCommandStore(database, writeRows, damages),
    history: createHistoryStore(database),
    events: createEventStore(database),
    dispatches: createDispatchStore(database, damages),
    rollouts: createRolloutStore(database, damages),
    signIns: createSignInStore(database),
    apiTokens: createApiTokenStore(database),
    enrolments: createEnrolmentStore(database),
    outbox: createOutboxStore(database),
    marks: createMarkStore(database),
    retention: createRetentionStore(database, writeRows),
    write(parts, heard) {
      last = writeAll(parts).then(heard);
    },
    onDamaged: damages.onFound,
    async probe() {
      await writeRows('UPDATE probe SET writes = writes + 1 WHERE $1 IS NOT NULL', {});
    },
    async close() {
      await last;
      database.cut();
    },
  };
  return { store, keeper };
}
