import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { optionLabel } from '../../shared/settings/options.ts';
import { COORDINATOR_OPTIONS, type CoordinatorOptions, parseStore } from './options.ts';
import { unreadable } from './unreadable.ts';

/** Null for SQLite. A fault is one line that names the option and never quotes the URL. */
export type StoreUrl = { kind: 'url'; url: string | null } | { kind: 'fault'; fault: string };

const { store: STORE, storeFile: STORE_FILE } = COORDINATOR_OPTIONS;

/** Reads the database's URL from STORE_FILE, else STORE. */
export function readStoreUrl({ store, storeFile }: Pick<CoordinatorOptions, 'store' | 'storeFile'>): StoreUrl {
  if (storeFile !== null) return readFile(storeFile, optionLabel('storeFile', STORE_FILE));
  return store === null ? { kind: 'url', url: null } : understood(store, `${optionLabel('store', STORE)} takes`);
}

/** Reads an option that takes the URL itself, or the path of a file with it. */
export function readUrlOrFile(text: string, label: string, takes: string): StoreUrl {
  const url = parseStore(text);
  if (url !== undefined) return understood(url, `${label} takes`);
  return text.includes('://') ? { kind: 'fault', fault: `${label} takes ${takes}` } : readFile(resolve(text), label);
}

function readFile(path: string, label: string): StoreUrl {
  try {
    const url = parseStore(readFileSync(path, 'utf8'));
    if (url !== undefined) return understood(url, `${label}: ${path} must hold`);
    return { kind: 'fault', fault: `${label}: ${path} must hold ${STORE.takes}` };
  } catch (error) {
    return { kind: 'fault', fault: `${label}: ${path} ${unreadable(error)}` };
  }
}

/** Refuses a URL that `pg` can't read, or whose certificate files can't be read: waiting for the database would not help. */
function understood(url: string, begin: string): StoreUrl {
  try {
    void new Client({ connectionString: url });
    return { kind: 'url', url };
  } catch (error) {
    return { kind: 'fault', fault: `${begin} ${STORE.takes}: ${error instanceof Error ? error.message : error}` };
  }
}

/** Whether the way to this database is checked with certificates. */
export const speaksTls = (url: string): boolean => /[?&]ssl(?!mode=disable)/.test(url);
