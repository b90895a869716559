import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.ts';
import { readText, writeDurably } from '../../shared/durable-file.ts';
import type { CommandExited, CommandRejected } from '../../shared/protocol.ts';

/** The last word on a command whose folder is gone, or that never had one. */
export type FinalWord =
  | { type: 'command.exited'; payload: CommandExited }
  | { type: 'command.rejected'; payload: CommandRejected };

export const DAY_MS = 24 * 3_600_000;

const KEPT_MS = 30 * DAY_MS;

export type Tombstones = {
  find(id: string): Promise<FinalWord | null>;
  /** Rejects where the disk is full; the word is still remembered until the agent leaves. */
  add(id: string, word: FinalWord): Promise<void>;
  /** Forgets what is older than 30 days; not while something is added. */
  prune(): Promise<void>;
};

/**
 * Ids that must never run again (docs/protocol.md section 2, rule 1), a file each, for 30 days.
 *
 * T1  An id is here before the folder of its command goes, so that at every moment one of them knows it.
 */
export async function openTombstones(deps: { dir: string; clock: Clock }): Promise<Tombstones> {
  const { dir, clock } = deps;
  const unwritten = new Map<string, FinalWord>();
  const fileOf = (id: string) => join(dir, `${id}.json`);

  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    async find(id) {
      const held = unwritten.get(id);
      if (held) return held;
      const text = await readText(fileOf(id));
      return text === null ? null : (JSON.parse(text) as FinalWord);
    },
    async add(id, word) {
      unwritten.set(id, word);
      await writeDurably(fileOf(id), JSON.stringify(word));
      unwritten.delete(id);
    },
    async prune() {
      for (const name of await readdir(dir)) {
        const path = join(dir, name);
        if (clock.now() - (await stat(path)).mtimeMs > KEPT_MS) await rm(path);
      }
    },
  };
}
