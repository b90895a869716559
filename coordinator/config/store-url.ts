import { readFileSync } from 'node:fs';
import { optionLabel } from '../../shared/settings/options.ts';
import { COORDINATOR_OPTIONS, type CoordinatorOptions, parseStore } from './options.ts';
import { unreadable } from './unreadable.ts';

/** Null for SQLite. A fault is one line that names the option and never quotes the URL. */
export type StoreUrl = { kind: 'url'; url: string | null } | { kind: 'fault'; fault: string };

/** Reads the database's URL from STORE_FILE, else STORE. */
export function readStoreUrl({ store, storeFile }: Pick<CoordinatorOptions, 'store' | 'storeFile'>): StoreUrl {
  if (storeFile === null) return { kind: 'url', url: store };
  const label = optionLabel('storeFile', COORDINATOR_OPTIONS.storeFile);
  try {
    const url = parseStore(readFileSync(storeFile, 'utf8'));
    if (url !== undefined) return { kind: 'url', url };
    return { kind: 'fault', fault: `${label}: ${storeFile} must hold ${COORDINATOR_OPTIONS.store.takes}` };
  } catch (error) {
    return { kind: 'fault', fault: `${label}: ${storeFile} ${unreadable(error)}` };
  }
}

/** Whether the way to this database is checked with certificates. */
export const speaksTls = (url: string): boolean => /[?&]ssl(?!mode=disable)/.test(url);
