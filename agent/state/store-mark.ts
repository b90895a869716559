import { createHash } from 'node:crypto';
import { readText, writeDurably } from '../../shared/durable-file.ts';

/**
 * The mark that the coordinator's store had reached when it last spoke (docs/protocol.md section 12). The agent greets with it, so that
 * a store which has lost commits since is noticed.
 * S1 One write at a time, of the newest mark: many at once share a write.
 * S2 A mark belongs to the token that it came with: under another token this host may belong to another store.
 */
export type StoreMark = {
  /** Null if no mark came with this token. */
  current(): number | null;
  /** The newest word counts, even a lower one. */
  learn(mark: number | undefined): void;
  /** Resolves once the newest mark is on disk, or could not be written. */
  kept(): Promise<void>;
};

export async function openStoreMark(deps: {
  file: string;
  token: string;
  onFailed: (error: unknown) => void;
}): Promise<StoreMark> {
  const { file, onFailed } = deps;
  const owner = createHash('sha256').update(deps.token).digest('hex').slice(0, 16);
  const text = await readText(file).catch((error) => {
    onFailed(error);
    return null;
  });
  let mark = markIn(text, owner);
  let written = mark;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (written !== mark) {
      written = mark;
      await writeDurably(file, `${owner} ${mark}\n`).catch(onFailed);
    }
    writing = null;
  }

  return {
    current: () => mark,
    learn(given) {
      if (given === undefined) return;
      mark = given;
      if (written !== mark) writing ??= write();
    },
    kept: () => writing ?? Promise.resolve(),
  };
}

/** The file holds the owner and the mark. */
function markIn(text: string | null, owner: string): number | null {
  const [of, mark] = (text ?? '').split(/\s/);
  return of === owner && /^\d{1,16}$/.test(mark ?? '') ? Number(mark) : null;
}
