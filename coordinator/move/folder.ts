import { globSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Log } from '../config/log.ts';
import { fileSize, outputPath } from '../output/file.ts';
import { createFileKeeper } from '../output/file-keeper.ts';
import { outputDir } from '../store/sqlite/data-folder.ts';
import type { OutputSource, OutputTarget } from './outputs.ts';

/** The outputs in a DATA_DIR. */
export function folderOutputs(dataDir: string, log: Log): OutputSource & OutputTarget {
  const dir = outputDir(dataDir);
  const { append, rest, remove, read, arrivals } = createFileKeeper({ dir, log });
  return {
    ids: () =>
      globSync('*/*.log', { cwd: dir })
        .map((path) => basename(path, '.log'))
        .sort(),
    size: (id) => fileSize(outputPath(dir, id)),
    append,
    rest,
    remove,
    read,
    arrivals,
  };
}

/** Whether the database has a command of this id. */
export function commandsIn(db: DatabaseSync): (id: string) => boolean {
  const known = db.prepare('SELECT 1 FROM commands WHERE id = ?');
  return (id) => known.get(id) !== undefined;
}
