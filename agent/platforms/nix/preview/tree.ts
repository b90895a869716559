import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../../../shared/files/durable-file.ts';
import { makeBeside } from '../../git/beside.ts';
import { runInClone } from '../../git/clone/clone-git.ts';
import { findCommonDir, findGitDir } from '../../git/dir.ts';
import { askGit, runGit } from '../../git/git.ts';
import { readWanted } from '../../git/wanted-commit.ts';
import type { StepIo, StepProgram } from '../../step/step-program.ts';

/**
 * `lay-tree DIR FOLDER OWNER WANTED…`: writes the wanted commit's files into FOLDER as a pull would write them into DIR. FOLDER is a
 * repository and work tree of its own. OWNER is `ours` for a clone that a pull resets; any other checkout fails where its pull would.
 */
export const layTree: StepProgram = async ([dir = '', folder = '', owner = '', file = '', , older = ''], io) => {
  const commit = await readWanted(file);
  if (owner !== 'ours' && !(await wouldMove(io, dir, commit, older !== ''))) {
    io.say(`a pull could not bring ${dir} to ${commit}: it has commits that its remote does not have`);
    return 1;
  }
  const made = await makeBeside(io, dir, folder, commit);
  if (made.code !== 0) return made.code;
  const common = await findCommonDir(await findGitDir(dir));
  // The same filters and line ends as in DIR.
  await writeFile(join(folder, '.git/config'), await configAfter(folder, join(common, 'config')));
  await copyFile(join(common, 'shallow'), join(folder, '.git/shallow')).catch((error) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
  const run = owner === 'ours' ? runInClone : runGit;
  return (await run(io, folder, ...NO_HOOKS, 'checkout', '--quiet', '--detach', commit)).code;
};

const NO_HOOKS = ['-c', 'core.hooksPath=/dev/null', '-c', 'submodule.recurse=false'] as const;

/** The include comes first, so that this repository's own layout wins. */
const configAfter = async (folder: string, included: string): Promise<string> =>
  `[include]\n\tpath = "${included.replace(/[\\"]/g, '\\$&')}"\n${await readFile(join(folder, '.git/config'), 'utf8')}`;

async function wouldMove(io: StepIo, dir: string, commit: string, allowOlder: boolean): Promise<boolean> {
  const isAncestor = async (older: string, newer: string) =>
    (await askGit(io, dir, 'merge-base', '--is-ancestor', older, newer)) !== null;
  return (await isAncestor('HEAD', commit)) || (allowOlder && (await isAncestor(commit, 'HEAD')));
}
