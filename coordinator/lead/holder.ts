import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, writeDurably } from '../../shared/files/durable-file.ts';
import { makeFolder } from '../../shared/files/make-folder.ts';
import { isUuid, newId } from '../../shared/ids.ts';

/**
 * The id by which this coordinator holds the lead, kept in DATA_DIR. After a crash it need not wait for its own lease to end.
 */
export async function readHolder(dataDir: string): Promise<string> {
  const path = join(dataDir, 'holder');
  const kept = read(path);
  if (kept !== null) return kept;
  const holder = newId();
  makeFolder(dataDir);
  await writeDurably(path, `${holder}\n`);
  return holder;
}

function read(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return isUuid(text) ? text : null;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
