import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What somebody may be in the middle of, by the name that git gives it under the git folder. A rebase may bring the later ones along. */
const UNFINISHED: Readonly<Record<string, string>> = {
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
  BISECT_LOG: 'a bisect',
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
};

/** Says nothing by itself, and would be in the way of the next one. */
const COMPANIONS = ['BISECT_START', 'sequencer'] as const;

/** The first thing that is unfinished in a checkout, in words; null where nothing is. */
export async function unfinishedWork(gitDir: string): Promise<string | null> {
  for (const [name, words] of Object.entries(UNFINISHED)) {
    const exists = await access(join(gitDir, name)).then(
      () => true,
      () => false,
    );
    if (exists) return words;
  }
  return null;
}

/** Forgets it all, and leaves the files and HEAD to whoever resets them next. */
export async function dropUnfinished(gitDir: string): Promise<void> {
  for (const name of [...Object.keys(UNFINISHED), ...COMPANIONS])
    await rm(join(gitDir, name), { recursive: true, force: true });
}
