/** `node janitor.ts FOLDER…`: clears folders of tests whose process is gone. folder.ts starts it. */
import { clearFolder } from './folder.ts';

for (const dir of process.argv.slice(2)) await clearFolder(dir);
