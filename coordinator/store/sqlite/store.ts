import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { FileLock } from '../../../shared/files/file-lock.ts';
import type * as port from '../port.ts';
import type { Write, Written } from '../write.ts';
import { createApiTokenStore } from './api-tokens.ts';
import { createCommandStore } from './commands.ts';
import { createDamages } from './damages.ts';
import { closeFolder, databasePath, isBeingRestored, traceOfDatabase } from './data-folder.ts';
import { createParts, fitToFleet, holdRecord, openDatabase, transaction } from './database.ts';
import { createDispatchStore } from './dispatches.ts';
import { createEnrolmentStore } from './enrolments.ts';
import { createEventStore } from './events.ts';
import { createHistoryStore } from './history.ts';
import { createHostStore } from './hosts.ts';
import { createMarkStore } from './marks.ts';
import { createOutboxStore } from './outbox.ts';
import { createRetentionStore, type RetentionStore } from './retention.ts';
import { createRolloutStore } from './rollouts.ts';
import { createSignInStore } from './sign-ins.ts';
import { createWriter, type Stores } from './writer.ts';

/**
 * The port on one SQLite file. Every call is synchronous: its writes are on disk when it returns, or when the transaction around it
 * does. The single writes are for tests, and for programs that make a store without a coordinator.
 */
export type SqliteStore = Omit<port.Store, keyof Stores | 'retention' | 'probe' | 'close'> &
  Stores & {
    retention: RetentionStore;
    probe(): void;
    close(): void;
    /** Runs `work` as one transaction: if it throws, everything is undone and the error reaches the caller. Does not nest. */
    transaction<Result>(work: () => Result): Result;
  };

/** Opens the store in one SQLite file. Throws one line that names SWITCHYARD_DATA_DIR if the folder cannot hold it. */
export function openStore({ dataDir }: { dataDir: string }): SqliteStore {
  const path = databasePath(dataDir);
  const lock = holdRecord(path);
  try {
    refuseUnlessWhole(dataDir);
    const isNew = !existsSync(path);
    const db = openDatabase(path);
    fitToFleet(db);
    closeFolder(dataDir);
    return storeOn(db, isNew, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Throws if the database is missing from a folder where one was, or is being put there. */
function refuseUnlessWhole(dataDir: string): void {
  const path = databasePath(dataDir);
  const fault = (what: string) => new Error(`SWITCHYARD_DATA_DIR: ${path} is missing, ${what}`);
  if (isBeingRestored(dataDir)) throw fault('because a restore into this folder did not end: run it again');
  const trace = traceOfDatabase(dataDir);
  if (trace !== null)
    throw fault(
      `though ${trace} shows that there was one: put a backup in its place, or to begin with an empty fleet move ${trace} away`,
    );
}

function storeOn(db: DatabaseSync, isNew: boolean, lock: FileLock): SqliteStore {
  const damages = createDamages(db);
  const stores: Stores = {
    hosts: createHostStore(db, damages),
    commands: createCommandStore(db, damages),
    history: createHistoryStore(db),
    events: createEventStore(db),
    dispatches: createDispatchStore(db, damages),
    rollouts: createRolloutStore(db, damages),
    signIns: createSignInStore(db),
    apiTokens: createApiTokenStore(db),
    enrolments: createEnrolmentStore(db),
    outbox: createOutboxStore(db),
    marks: createMarkStore(db),
  };
  const writeAll = createBatches(db, createWriter(stores));
  const probe = db.prepare(
    'INSERT INTO probe (id, writes) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET writes = writes + 1',
  );
  return {
    isNew,
    ...stores,
    retention: createRetentionStore(db),
    write: (parts, heard) => heard(writeAll(parts)),
    onDamaged: damages.onFound,
    transaction: (work) => transaction(db, work),
    probe: () => void probe.run(),
    close: () => {
      if (db.isOpen) db.close();
      lock.release();
    },
  };
}

type WriteBatch = (parts: readonly (readonly Write[])[]) => Written[];

function createBatches(db: DatabaseSync, write: ReturnType<typeof createWriter>): WriteBatch {
  const inPart = createParts(db);
  const writePart = (part: readonly Write[]) => part.flatMap((one) => write(one) ?? []);

  return (parts) => {
    try {
      return transaction(db, () =>
        parts.map((part) => {
          if (parts.length === 1) return { events: writePart(part) };
          const written = inPart(() => writePart(part));
          return 'cause' in written ? written : { events: written.result };
        }),
      );
    } catch (cause) {
      return parts.map(() => ({ cause }));
    }
  };
}
