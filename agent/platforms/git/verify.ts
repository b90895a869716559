import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Step } from '../../spool/platform.ts';
import { failAs } from '../step/evidence.ts';
import type { Self, StepIo, StepProgram } from '../step/step-program.ts';
import { findTool } from '../step/tool.ts';
import { makeBeside } from './beside.ts';
import { gitConfig, gitStep, runGit } from './git.ts';
import type { Repo } from './repo.ts';
import { readSigners, type Signers } from './signers.ts';
import { readWanted } from './wanted-commit.ts';

/**
 * Whether the commit to check out is signed by somebody whom this host trusts (docs/security.md).
 * V1  Asked before anything of the commit's tree is read, and about the very id that is then checked out.
 * V2  Git and gpg see only our configuration: neither the repository's, which a program run from the tree could have written, nor
 *    that of the user, their keyring or the machine.
 * V3  A commit that can't be verified is not trusted.
 */

/** The step; none if the host trusts every commit. `path` is the PATH of commands. */
export function verifySteps(self: Self, { dir, signers = null }: Repo, file: string, path: string): Step[] {
  if (signers === null) return [];
  const scratch = join(dirname(file), 'signers');
  const programs = ['ssh-keygen', 'gpg'].map((program) => findTool(program, path) ?? '');
  const step = gitStep(self, 'verify', 'verify-commit', dir, file, signers, scratch, ...programs);
  return [{ ...step, env: { ...step.env, ...ONLY_OURS, HOME: scratch, XDG_CONFIG_HOME: scratch, GNUPGHOME: scratch } }];
}

const ONLY_OURS = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '0',
  GIT_CONFIG_PARAMETERS: '',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
} as const;

/** Can't be started: no signature of that kind is good. */
const NONE = '/dev/null';

/** `verify-commit DIR FILE SIGNERS SCRATCH SSH_KEYGEN GPG`: fails unless the commit in FILE has a good signature of one of SIGNERS. */
export const verifyCommit: StepProgram = async ([dir = '', file = '', path = '', scratch = '', ssh, gpg], io) => {
  const commit = await readWanted(file);
  const distrust = (why: string) =>
    failAs(io, 'untrusted_commit', `${commit} is not trusted: ${why}; nothing of it was checked out`);
  const signers = await readSigners(path, dir);
  if (signers.kind === 'none') return distrust(signers.fault);
  const program = signers.kind === 'ssh' ? ssh : gpg;
  if (!program)
    return distrust(`there is no ${signers.kind === 'ssh' ? 'ssh-keygen' : 'gpg'} in PATH to tell signatures by`);

  const made = await makeBeside(io, dir, scratch, commit);
  if (made.code !== 0) return made.code;
  if (signers.kind === 'openpgp') await importKeys(io, scratch, program, signers.keys);
  const settings = gitConfig([
    ...settingsFor(signers, program),
    'gpg.minTrustLevel=fully',
    `gpg.x509.program=${NONE}`,
    'core.hooksPath=/dev/null',
  ]);
  const { code } = await runGit(io, scratch, ...settings, 'verify-commit', commit);
  return code === 0 ? 0 : distrust(`it has no good signature of a signer of ${path}`);
};

const settingsFor = (signers: Exclude<Signers, { kind: 'none' }>, program: string): string[] =>
  signers.kind === 'ssh'
    ? [`gpg.program=${NONE}`, `gpg.ssh.program=${program}`, `gpg.ssh.allowedSignersFile=${signers.file}`]
    : [`gpg.program=${program}`, `gpg.ssh.program=${NONE}`, `gpg.ssh.allowedSignersFile=${NONE}`];

/** Neither a daemon nor the network, and every key present counts: the host's admin put it there. */
const GPG_CONF = ['batch', 'no-autostart', 'disable-dirmngr', 'no-auto-key-locate', 'trust-model always', ''].join(
  '\n',
);

/** A keyring of only these keys, in `scratch`. Anything that is not a key is reported, and verifies nothing. */
async function importKeys(io: StepIo, scratch: string, gpg: string, keys: readonly string[]): Promise<void> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await writeFile(join(scratch, 'gpg.conf'), GPG_CONF);
  for (const key of keys) {
    const { code } = await io.run([gpg, '--quiet', '--import', key]);
    if (code !== 0) io.say(`${key}: not a file of OpenPGP public keys alone (gpg ended with ${code})`);
  }
}
