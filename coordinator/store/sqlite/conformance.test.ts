import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import { conformanceTests } from '../fixtures/conformance.ts';
import type { Subject } from '../fixtures/subject.ts';
import { openStore, type SqliteStore } from './store.ts';

function subject(): Subject {
  const dataDir = mkdtempSync(join(tmpdir(), 'switchyard-conformance-'));
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
