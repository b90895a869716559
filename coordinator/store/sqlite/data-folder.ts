import { chmodSync, chownSync, existsSync, globSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const databasePath = (dataDir: string): string => join(dataDir, 'switchyard.db');

export const outputDir = (dataDir: string): string => join(dataDir, 'output');

/** The database that a restore makes. It has this name until all is there, output too. */
export const restoringPath = (dataDir: string): string => `${databasePath(dataDir)}.restoring`;

/** Whether a restore into the folder has not ended. */
export const isBeingRestored = (dataDir: string): boolean =>
  existsSync(restoringPath(dataDir)) && !existsSync(databasePath(dataDir));

/** Everything that a coordinator keeps in DATA_DIR, and what file systems put there. */
const OURS = /^(switchyard\.db.*|output|admin-token.*|holder|target\.git|lost\+found)$/;

/** Closes DATA_DIR to other users, unless it belongs to somebody else or holds foreign files: a folder such as /tmp stays as it is. */
export function closeFolder(dataDir: string): void {
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (!folder?.isDirectory() || (folder.mode & 0o077) === 0 || folder.uid !== process.geteuid?.()) return;
  if (readdirSync(dataDir).every((name) => OURS.test(name))) chmodSync(dataDir, 0o700);
  else if (existsSync(outputDir(dataDir))) chmodSync(outputDir(dataDir), 0o700);
}

/**
 * Gives files that root made in DATA_DIR to the folder's owner, who runs the coordinator. No effect unless root runs this.
 * @param entries Names in DATA_DIR; a folder goes with everything in it.
 */
export function giveToOwner(dataDir: string, entries: readonly string[]): void {
  const { uid, gid } = statSync(dataDir);
  if (process.geteuid?.() !== 0 || uid === 0) return;
  for (const entry of entries.filter((name) => existsSync(join(dataDir, name)))) {
    chownSync(join(dataDir, entry), uid, gid);
    for (const below of globSync(`${entry}/**/*`, { cwd: dataDir })) chownSync(join(dataDir, below), uid, gid);
  }
}

/** A trace of a database that is now missing; null if there is none. */
export function traceOfDatabase(dataDir: string): string | null {
  const database = databasePath(dataDir);
  if (existsSync(database)) return null;
  const log = `${database}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0) return log;
  const output = outputDir(dataDir);
  const isUsed = statSync(output, { throwIfNoEntry: false })?.isDirectory() && readdirSync(output).length > 0;
  return isUsed ? output : null;
}
