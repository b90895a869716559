import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whether users beside the owner and its group can read the file, by its own mode and that of each parent folder. False if unknown. */
export function isOpenToOthers(path: string): boolean {
  try {
    const file = realpathSync(path);
    if ((statSync(file).mode & 0o004) === 0) return false;
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      if ((statSync(folder).mode & 0o001) === 0) return false;
      if (folder === dirname(folder)) return true;
    }
  } catch {
    return false;
  }
}
