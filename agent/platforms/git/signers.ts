import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * The signers that a host trusts (docs/security.md): a file in git's allowed-signers format, or a folder of files with OpenPGP
 * public keys, whose paths are listed.
 */
export type Signers =
  | { kind: 'ssh'; file: string }
  | { kind: 'openpgp'; keys: string[] }
  | { kind: 'none'; fault: string };

/** Reads TRUSTED_SIGNERS. `none` with the reason if it identifies nobody: then nothing is trusted. */
export async function readSigners(path: string, repoDir: string): Promise<Signers> {
  try {
    const real = await realpath(path);
    const inRepo = relative(await realpath(repoDir).catch(() => repoDir), real);
    // Anyone with push rights could then add signers.
    if (!inRepo.startsWith('..')) return { kind: 'none', fault: `${path} is in the repository itself, ${repoDir}` };
    if (!(await stat(real)).isDirectory()) {
      const text = await readFile(real, 'utf8');
      return hasSigner(text) ? { kind: 'ssh', file: real } : { kind: 'none', fault: `${path} names no signer` };
    }
    const names = (await readdir(real)).filter((name) => !name.startsWith('.')).sort();
    const files = await Promise.all(names.map(async (name) => ((await stat(join(real, name))).isFile() ? [name] : [])));
    const keys = files.flat().map((name) => join(real, name));
    return keys.length > 0 ? { kind: 'openpgp', keys } : { kind: 'none', fault: `${path} holds no keys` };
  } catch (error) {
    return { kind: 'none', fault: `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error})` };
  }
}

const hasSigner = (text: string): boolean => text.split('\n').some((line) => /^\s*[^\s#]/.test(line));
