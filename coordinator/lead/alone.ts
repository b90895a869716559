import type { Log } from '../config/log.ts';
import type { ListenAddress } from '../config/options.ts';
import { createFileKeeper } from '../output/file-keeper.ts';
import { outputDir } from '../store/sqlite/data-folder.ts';
import { openStore } from '../store/sqlite/store.ts';
import type { Build, Leading, Parts } from './leading.ts';
import { withQueue } from './queue.ts';

/** SQLite and files, in a folder that one coordinator has to itself. Throws one line that names SWITCHYARD_DATA_DIR. */
export const openAlone = ({ dataDir, log }: { dataDir: string; log: Log }): Parts => ({
  store: openStore({ dataDir }),
  keeper: createFileKeeper({ dir: outputDir(dataDir), log }),
});

/** The only coordinator of its record. It leads from start to end. */
export function leadAlone({ parts, listen, build }: { parts: Parts; listen: ListenAddress; build: Build }): Leading {
  const built = build(parts);
  return {
    listening: built.then((app) => app.server.listen(withQueue(listen))),
    async close() {
      await (await built).close();
      await parts.store.close();
    },
  };
}
