import { rmSync } from 'node:fs';
import { test } from 'uvu';
import { conformanceTests } from '../fixtures/conformance.ts';
import { newDataDir } from '../fixtures/new-data-dir.ts';
import type { Subject } from '../fixtures/subject.ts';
import { openStore, type SqliteStore } from './store.ts';

function subject(): Subject {
  const dataDir = newDataDir('conformance');
  let store: SqliteStore | null = null;
  const open = async () => {
    store = openStore({ dataDir });
    return store;
  };
  return {
    open,
    reopen: open,
    async end() {
      store?.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

conformanceTests('SQLite', subject);

test.run();
