import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Everything that a coordinator keeps in DATA_DIR, and what file systems put there. */
const OURS = /^(switchyard\.db.*|output|admin-token.*|holder|target\.git|lost\+found)$/;

/** Closes DATA_DIR to other users, unless it belongs to somebody else or holds foreign files: a folder such as /tmp stays as it is. */
export function closeFolder(dataDir: string): void {
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (!folder?.isDirectory() || (folder.mode & 0o077) === 0 || folder.uid !== process.geteuid?.()) return;
  if (readdirSync(dataDir).every((name) => OURS.test(name))) chmodSync(dataDir, 0o700);
  else if (existsSync(join(dataDir, 'output'))) chmodSync(join(dataDir, 'output'), 0o700);
}

/** A trace of a database that is now missing; null if there is none. */
export function traceOfDatabase(dataDir: string): string | null {
  const database = join(dataDir, 'switchyard.db');
  if (existsSync(database)) return null;
  const log = `${database}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0) return log;
  const output = join(dataDir, 'output');
  const isUsed = statSync(output, { throwIfNoEntry: false })?.isDirectory() && readdirSync(output).length > 0;
  return isUsed ? output : null;
}
