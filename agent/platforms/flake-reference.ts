import { pathToFileURL } from 'node:url';
import type { Repo } from './git/repo.ts';

/** The flake as nix takes it from the repository's folder. A subfolder needs its full name: from inside it nix would look further up. */
export const flakeOf = ({ dir, flakeDir }: Repo): string =>
  flakeDir ? `git+${pathToFileURL(dir).href}?dir=${flakeDir.split('/').map(encodeURIComponent).join('/')}` : '.';

/**
 * Without signers nix looks up an input that flake.lock misses, and leaves the file as it is. With signers that fails: nobody signed what
 * nix would look up.
 */
export const lockOption = ({ signers }: Repo): string => (signers ? '--no-update-lock-file' : '--no-write-lock-file');

/** Why a host that trusts only signers bumps nothing. */
export const UNSIGNED_BUMP =
  'this host takes signed commits alone (TRUSTED_SIGNERS), and a bump would be of nobody: push a signed commit with the new flake.lock, and pull';
