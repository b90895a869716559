import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Operations that somebody may be in the middle of, by git's name for them under the git folder. A rebase may involve the later ones. */
const UNFINISHED: Readonly<Record<string, string>> = {
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
  BISECT_LOG: 'a bisect',
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
};

/** Means nothing by itself, and would be in the way of the next one. */
const COMPANIONS = ['BISECT_START', 'sequencer'] as const;

/** The first unfinished operation of a checkout, in words; null if there is none. */
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

/** Forgets them all; the next reset takes care of the files and HEAD. */
export async function dropUnfinished(gitDir: string): Promise<void> {
  for (const name of [...Object.keys(UNFINISHED), ...COMPANIONS])
    await rm(join(gitDir, name), { recursive: true, force: true });
}
