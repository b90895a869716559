import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../port.ts';
import { createCommandStore } from './commands.ts';
import { createDamages } from './damages.ts';
import { closeFolder, traceOfDatabase } from './data-folder.ts';
import { createParts, openDatabase, transaction } from './database.ts';
import { createDispatchStore } from './dispatches.ts';
import { createEventStore } from './events.ts';
import { createHistoryStore } from './history.ts';
import { createHostStore } from './hosts.ts';
import { createRetentionStore } from './retention.ts';
import { createSignInStore } from './sign-ins.ts';

/** The store in one SQLite file. Throws with one line that names SWITCHYARD_DATA_DIR where the folder cannot hold the store. */
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
