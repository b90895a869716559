import { pathToFileURL } from 'node:url';
import type { Repo } from './git/repo.ts';

/** The flake as nix takes it, in the repository's own folder. By its full name where it is in a subfolder: from there nix would look further up. */
export const flakeOf = ({ dir, flakeDir }: Repo): string =>
  flakeDir ? `git+${pathToFileURL(dir).href}?dir=${flakeDir.split('/').map(encodeURIComponent).join('/')}` : '.';

/**
 * Without signers an input that flake.lock misses is looked up, and the file stays as it is. With them that fails: what would be looked up
 * is signed by nobody.
 */
export const lockOption = ({ signers }: Repo): string => (signers ? '--no-update-lock-file' : '--no-write-lock-file');

/** Why a host that trusts signers alone bumps nothing. */
export const UNSIGNED_BUMP =
  'this host takes signed commits alone (TRUSTED_SIGNERS), and a bump would be of nobody: push a signed commit with the new flake.lock, and pull';
