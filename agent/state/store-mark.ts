import { createHash } from 'node:crypto';
import { readText, writeDurably } from '../../shared/files/durable-file.ts';
import type { Welcome } from '../../shared/wire/protocol.ts';

/**
 * The last mark that the coordinator's store gave (docs/protocol.md section 12). The agent sends it in hello: a store that has lost
 * commits since does not know it.
 * S1 One write runs at a time and writes the newest mark. Marks that arrive meanwhile share the next write.
 * S2 A mark belongs to the token that it came with: under another token this host may belong to another store.
 * S3 After the welcome of a store that was put back, the old mark stays until all ends are reported again. Until then hello repeats it.
 */
export type StoreMark = {
  /** Makes this token the current one. */
  use(token: string): void;
  /** Null if no mark came with this token. */
  current(): number | null;
  /** The newest mark received, even while an older one stays (S3). Everything acknowledged so far lies at or before it. */
  latest(): number | null;
  /** Keeps this mark. The newest one counts, even if it is lower. */
  learn(mark: number | undefined): void;
  welcomed(welcome: Pick<Welcome, 'storeMark' | 'knownMark'>): void;
  /** All ends are reported again: the newest mark counts from now on. */
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
