import { createHash } from 'node:crypto';
import { readText, writeDurably } from '../../shared/durable-file.ts';
import type { Welcome } from '../../shared/protocol.ts';

/**
 * The mark that the coordinator's store had reached when it last spoke (docs/protocol.md section 12). The agent greets with it, so that
 * a store which has lost commits since is noticed.
 * S1 One write at a time, of the newest mark: many at once share a write.
 * S2 A mark belongs to the token that it came with: under another token this host may belong to another store.
 * S3 After a welcome of a store that was put back, the mark stays until everything was told again: the next hello then says the same.
 */
export type StoreMark = {
  /** Makes this token the present one. */
  use(token: string): void;
  /** Null if no mark came with this token. */
  current(): number | null;
  /** The last one that came, also while an older one stays (S3): all that is acknowledged now lies at or before it. */
  latest(): number | null;
  /** Keeps this mark. The newest one counts, even if it is lower. */
  learn(mark: number | undefined): void;
  welcomed(welcome: Pick<Welcome, 'storeMark' | 'knownMark'>): void;
  /** Everything was told again: the newest mark counts from now on. */
  goOn(): void;
  /** Resolves once the newest mark is on disk, or could not be written. */
  kept(): Promise<void>;
};

export async function openStoreMark(deps: { file: string; onFailed: (error: unknown) => void }): Promise<StoreMark> {
  const { file, onFailed } = deps;
  const text = await readText(file).catch((error) => {
    onFailed(error);
    return null;
  });
  let owner = '';
  let mark: number | null = null;
  let learned: number | null = null;
  let written: number | null = null;
  let held = false;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (written !== mark) {
      written = mark;
      await writeDurably(file, `${owner} ${mark}\n`).catch(onFailed);
    }
    writing = null;
  }

  function take(): void {
    mark = learned;
    if (written !== mark) writing ??= write();
  }

  function learn(given: number | undefined): void {
    learned = given ?? learned;
    if (!held) take();
  }

  return {
    use(token) {
      owner = createHash('sha256').update(token).digest('hex').slice(0, 16);
      mark = markIn(text, owner);
      [learned, written] = [mark, mark];
    },
    current: () => mark,
    latest: () => learned,
    learn,
    welcomed({ storeMark, knownMark }) {
      held = knownMark !== undefined;
      learn(storeMark);
    },
    goOn() {
      held = false;
      take();
    },
    kept: () => writing ?? Promise.resolve(),
  };
}

/** The file holds the owner and the mark. */
function markIn(text: string | null, owner: string): number | null {
  const [of, mark] = (text ?? '').split(/\s/);
  return of === owner && /^\d{1,16}$/.test(mark ?? '') ? Number(mark) : null;
}
