import { createHash } from 'node:crypto';
import { systemCode } from '../../shared/files/durable-file.ts';
import type { OutputKeeper } from '../output/keeper.ts';
import type { Read } from '../store/read.ts';
import type { Progress } from './progress.ts';
import { createTally, type Tally } from './tally.ts';

/** Outputs to copy from. */
export type OutputSource = {
  /** The ids of all commands with output. */
  ids(): Read<string[]>;
  /** The length of an output in bytes. */
  size(id: string): Read<number>;
} & Pick<OutputKeeper, 'read' | 'arrivals'>;

export type OutputTarget = Pick<OutputKeeper, 'append' | 'rest' | 'remove' | 'read' | 'arrivals'>;

/** The number of outputs, their bytes, and the sum of their hashes. */
export type OutputTally = Tally & { bytes: number };

type Copy = { id: string; bytes: number; hash: string };

/** Bytes of one append. */
const PIECE_BYTES = 1024 * 1024;

/** Copies the outputs of the commands that `isWanted` names. Throws if one reads back differently. */
export async function copyOutputs(
  from: OutputSource,
  to: OutputTarget,
  isWanted: (id: string) => boolean,
  progress: Progress,
): Promise<OutputTally> {
  const tally = createTally(['id', 'bytes', 'hash']);
  let [commands, bytes] = [0, 0];
  for (const id of (await from.ids()).filter(isWanted)) {
    const copy = await copyOutput(from, to, id);
    if (copy === null) continue;
    tally.add(copy);
    commands += 1;
    bytes += copy.bytes;
    progress.tick(() => `output: ${commands} commands so far, ${bytes} bytes`);
  }
  progress.say(`output: ${commands} commands, ${bytes} bytes`);
  return { ...tally.result(), bytes };
}

/** Copies one output with the times of its parts. Null if retention deleted it meanwhile. */
async function copyOutput(from: OutputSource, to: OutputTarget, id: string): Promise<Copy | null> {
  const size = await from.size(id);
  if (size === 0) return null;
  const marks = (await from.arrivals(id)).filter(({ offset }) => offset < size);
  const starts = [0, ...marks.map(({ offset }) => offset).filter((offset) => offset > 0), size];
  const copied = createHash('sha256').update(JSON.stringify(marks));
  let bytes = 0;
  try {
    for (const [index, start] of starts.slice(0, -1).entries()) {
      const mark = marks.find(({ offset }) => offset === start);
      for await (const pieces of gathered(from.read(id, start, starts[index + 1] ?? size))) {
        for (const piece of pieces) copied.update(piece);
        bytes += await to.append(id, bytes, () => pieces, mark?.at ?? 0, bytes === start && mark !== undefined);
      }
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    await to.remove(id);
    return null;
  }
  await to.rest(id);
  const hash = copied.digest('hex');
  const written = createHash('sha256').update(JSON.stringify(await to.arrivals(id)));
  for await (const piece of to.read(id, 0, size)) written.update(piece);
  if (written.digest('hex') !== hash) throw new Error(`the output of ${id} differs from its copy`);
  return { id, bytes, hash };
}

/** The pieces in groups of about `PIECE_BYTES`. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[], void> {
  let group: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    group.push(piece);
    bytes += piece.length;
    if (bytes < PIECE_BYTES) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}
