import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, writeDurably } from '../../shared/files/durable-file.ts';
import { newId } from '../../shared/ids.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { type CommandExited, type CommandRejected, REMEMBERED_MS } from '../../shared/wire/protocol.ts';

/** The final frame of a command whose folder is gone, or that never had one. */
export type FinalWord =
  | { type: 'command.exited'; payload: CommandExited }
  | { type: 'command.rejected'; payload: CommandRejected };

/** Adds `outputGone`: the command's folder is gone, and its output with it. */
export const withoutOutput = (word: FinalWord): FinalWord =>
  word.type === 'command.exited' ? { ...word, payload: { ...word.payload, outputGone: true } } : word;

/** A store that was put back also needs the op, and the mark with which the command was acknowledged. */
export type Buried = FinalWord & { op?: string; mark?: number };

export const DAY_MS = 24 * 3_600_000;

export type Tombstones = {
  /** On disk when it is found, unless the disk was full. */
  find(id: string): Promise<FinalWord | null>;
  /** Rejects if the disk is full; the word is still remembered until the agent leaves. */
  add(id: string, word: Buried): Promise<void>;
  /** Returns the commands acknowledged after this mark, in order. Reads every tombstone. */
  since(mark: number): Promise<Buried[]>;
  /** Forgets what is older than `REMEMBERED_MS`. */
  prune(): Promise<void>;
  /** Resolves when nothing waits to be written. */
  written(): Promise<void>;
};

type Batch = { words: Map<string, Buried>; written: Promise<void> };

const BATCH = /^batch-.*\.json$/;

/**
 * Ids that must never run again (docs/protocol.md section 2, rule 1), kept for 30 days, one per file. Those that came during a
 * write share one file, so that many at once don't cost a write each; memory holds only their ids.
 * T1  An id is here before the folder of its command goes, so that at every moment one of the two knows it.
 */
export async function openTombstones(deps: { dir: string; clock: Clock }): Promise<Tombstones> {
  const { dir, clock } = deps;
  const unwritten = new Map<string, Buried>();
  /** Waiting for the write under way to end. */
  let next: Batch | null = null;
  let writing: Promise<void> = Promise.resolve();
  /** The shared file of each id that has no file of its own. */
  const shared = new Map<string, string>();
  const fileOf = (id: string) => join(dir, shared.get(id) ?? `${id}.json`);

  async function write(words: Map<string, Buried>): Promise<void> {
    const [first, ...more] = words;
    if (first && more.length === 0) await writeDurably(join(dir, `${first[0]}.json`), JSON.stringify(first[1]));
    else {
      const name = `batch-${newId()}.json`;
      await writeDurably(join(dir, name), JSON.stringify(Object.fromEntries(words)));
      for (const id of words.keys()) shared.set(id, name);
    }
    for (const [id, word] of words) if (unwritten.get(id) === word) unwritten.delete(id);
  }

  function batch(): Batch {
    if (next) return next;
    const words = new Map<string, Buried>();
    const written = writing.then(() => {
      next = null;
      return write(words);
    });
    writing = written.catch(() => {});
    next = { words, written };
    return next;
  }

  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir))
    if (BATCH.test(name))
      for (const id of Object.keys(JSON.parse((await readText(join(dir, name))) ?? '{}'))) shared.set(id, name);

  return {
    async find(id) {
      if (unwritten.has(id)) await writing;
      const held = unwritten.get(id);
      if (held) return held;
      const text = await readText(fileOf(id));
      if (text === null) return null;
      const read = JSON.parse(text);
      return (shared.has(id) ? (read[id] ?? null) : read) as FinalWord | null;
    },
    add(id, word) {
      unwritten.set(id, word);
      const { words, written } = batch();
      words.set(id, word);
      return written;
    },
    async since(mark) {
      await writing;
      const found: Buried[] = [];
      for (const name of await readdir(dir)) {
        const read = JSON.parse((await readText(join(dir, name))) ?? '{}');
        const words: Buried[] = BATCH.test(name) ? Object.values(read) : [read];
        found.push(...words.filter((word) => (word.mark ?? 0) > mark));
      }
      return found.sort((one, other) => (one.mark ?? 0) - (other.mark ?? 0));
    },
    async prune() {
      for (const name of await readdir(dir)) {
        const path = join(dir, name);
        const age = await stat(path).then(
          ({ mtimeMs }) => clock.now() - mtimeMs,
          () => 0,
        );
        if (age <= REMEMBERED_MS) continue;
        await rm(path, { force: true });
        for (const [id, file] of shared) if (file === name) shared.delete(id);
      }
    },
    written: () => writing,
  };
}
