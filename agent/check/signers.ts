import { optionVariable } from '../../shared/settings/options.ts';
import type { Config } from '../config/config.ts';
import { repoOf } from '../platforms/git/repo.ts';
import { readSigners } from '../platforms/git/signers.ts';
import { findTool } from '../platforms/step/tool.ts';
import type { CheckLine } from './line.ts';

/** Whether a pull could tell whom to trust; no line if every commit is accepted. `path` is the agent's PATH. */
export async function checkSigners(config: Config, path: string): Promise<CheckLine[]> {
  const repo = repoOf(config);
  if (!repo?.signers) return [];
  const line = (ok: boolean, says: string): CheckLine[] => [{ ok, what: 'signers', says }];
  const signers = await readSigners(repo.signers, repo.dir);
  if (signers.kind === 'none')
    return line(false, `${signers.fault}: no commit is trusted (${optionVariable('trustedSigners')})`);
  const tool = signers.kind === 'ssh' ? 'ssh-keygen' : 'gpg';
  if (!findTool(tool, path)) return line(false, `${tool} is not in PATH: signatures cannot be verified`);
  const whose = signers.kind === 'ssh' ? `of ${repo.signers}` : `of the ${signers.keys.length} keys in ${repo.signers}`;
  return line(true, `a pull takes only what a signer ${whose} has signed`);
}
