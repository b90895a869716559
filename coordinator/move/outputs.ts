import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OutputKeeper } from '../output/keeper.ts';

/** Bytes of one append. */
const PIECE_BYTES = 1024 * 1024;

/** Ids of all commands with output. */
export const outputIds = (dir: string): string[] =>
  globSync('*/*.log', { cwd: dir })
    .map((path) => basename(path, '.log'))
    .sort();

/** Copies one output with the times of its parts and returns its length in bytes. Throws if it reads back differently. */
export async function copyOutput(from: OutputKeeper, dir: string, to: OutputKeeper, id: string): Promise<number> {
  const path = join(dir, id.slice(-2), `${id}.log`);
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const marks = (await from.arrivals(id)).filter(({ offset }) => offset < bytes.length);
  const starts = [0, ...marks.map(({ offset }) => offset).filter((offset) => offset > 0), bytes.length];
  for (const [index, start] of starts.slice(0, -1).entries()) {
    const end = starts[index + 1] ?? bytes.length;
    const mark = marks.find(({ offset }) => offset === start);
    for (let at = start; at < end; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, Math.min(end, at + PIECE_BYTES));
      await to.append(id, at, () => [piece], mark?.at ?? 0, at === start && mark !== undefined);
    }
  }
  const copied = createHash('sha256');
  for await (const piece of to.read(id, 0, bytes.length)) copied.update(piece);
  if (copied.digest('hex') !== createHash('sha256').update(bytes).digest('hex'))
    throw new Error(`the output of ${id} differs from its copy`);
  return bytes.length;
}
