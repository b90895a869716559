import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Writes `bytes` of lines as a build prints them; `longLine` of them are one line, in the middle. */
export async function writeBuildLog(path: string, bytes: number, longLine = 0): Promise<void> {
  const file = createWriteStream(path);
  let left = bytes;
  const write = async (text: string) => {
    const piece = text.slice(0, left);
    left -= piece.length;
    if (!file.write(piece)) await once(file, 'drain');
  };
  const writeLines = async (until: number) => {
    for (let number = 0; left > until; number++)
      await write(
        `[${number}/9999] CC build/objects/part-${number % 577}.o: building '/nix/store/part-${number}.drv'\n`,
      );
  };
  await writeLines(bytes / 2);
  if (longLine > 0) await write(`${'x'.repeat(longLine - 1)}\n`);
  await writeLines(0);
  await finished(file.end());
}
