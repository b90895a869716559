import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandStore, createCommandStore } from './commands.ts';
import { createDamages, type Damages } from './damage.ts';
import { closeFolder, traceOfDatabase } from './data-folder.ts';
import { createParts, openDatabase, type Part, transaction } from './database.ts';
import { createDispatchStore, type DispatchStore } from './dispatches.ts';
import { createEventStore, type EventStore } from './events.ts';
import { createHistoryStore, type HistoryStore } from './history.ts';
import { createHostStore, type HostStore } from './hosts.ts';
import { createRetentionStore, type RetentionStore } from './retention.ts';
import { createSignInStore, type SignInStore } from './sign-ins.ts';

/**
 * The one durable record of everything but output, in one SQLite file. Every call is synchronous: when it returns, or
 * when the transaction around it returns, what it wrote is on disk. What cannot be written throws, and changed nothing.
 */
export type Store = {
  /** There was none: it was made just now. */
  isNew: boolean;
  hosts: HostStore;
  commands: CommandStore;
  history: HistoryStore;
  events: EventStore;
  dispatches: DispatchStore;
  signIns: SignInStore;
  retention: RetentionStore;
  /** Each damaged row, once. */
  onDamaged: Damages['onFound'];
  /** All that `work` writes, or nothing of it: if it throws, it is undone and the error goes on. Does not nest. */
  transaction<Result>(work: () => Result): Result;
  /** A part of a transaction: if `work` throws, it alone is undone. Does not nest. */
  part<Result>(work: () => Result): Part<Result>;
  /** A real write; throws where the store cannot take one (GET /readyz). */
  probe(): void;
  /** Does nothing the second time. */
  close(): void;
};

/** Throws with one line that names SWITCHYARD_DATA_DIR where the folder cannot hold the store. */
export function openStore({ dataDir }: { dataDir: string }): Store {
  const path = join(dataDir, 'switchyard.db');
  const trace = traceOfDatabase(dataDir);
  if (trace !== null)
    throw new Error(
      `SWITCHYARD_DATA_DIR: ${path} is missing, though ${trace} shows that there was one: put a backup in its place, or to begin with an empty fleet move ${trace} away`,
    );
  const isNew = !existsSync(path);
  const db = openDatabase(path);
  closeFolder(dataDir);
  const damages = createDamages(db);
  const probe = db.prepare(
    'INSERT INTO probe (id, writes) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET writes = writes + 1',
  );
  return {
    isNew,
    hosts: createHostStore(db, damages),
    commands: createCommandStore(db, damages),
    history: createHistoryStore(db),
    events: createEventStore(db),
    dispatches: createDispatchStore(db, damages),
    signIns: createSignInStore(db),
    retention: createRetentionStore(db),
    onDamaged: damages.onFound,
    transaction: (work) => transaction(db, work),
    part: createParts(db),
    probe: () => void probe.run(),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}
