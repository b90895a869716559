import { pathToFileURL } from 'node:url';
import type { Repo } from './git/repo.ts';

/** The flake's reference from the repository's folder. A subfolder needs its full URL; from inside it nix would look further up. */
export const flakeOf = ({ dir, flakeDir }: Repo): string =>
  flakeDir ? `git+${pathToFileURL(dir).href}?dir=${flakeDir.split('/').map(encodeURIComponent).join('/')}` : '.';

/**
 * Without signers nix looks up an input missing from flake.lock and leaves the file unchanged. With signers it fails, because nobody
 * signed the looked-up input.
 */
export const lockOption = ({ signers }: Repo): string => (signers ? '--no-update-lock-file' : '--no-write-lock-file');

/** Why a host that trusts only signers bumps nothing. */
export const UNSIGNED_BUMP =
  'this host takes signed commits alone (TRUSTED_SIGNERS), and a bump would be of nobody: push a signed commit with the new flake.lock, and pull';
