import { assertNever } from '../../shared/assert-never.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { TargetSource } from '../config/config-file.ts';
import { createGit } from './git.ts';
import { createGitReader } from './git-target.ts';
import type { TargetReader } from './poller.ts';
import { createUrlReader } from './url-target.ts';

/** The reader of the target that CONFIG names; null without one. A fetch may use `dataDir`. */
export function createTargetReader(
  source: TargetSource | null,
  { clock, dataDir }: { clock: Clock; dataDir: string },
): TargetReader | null {
  if (!source) return null;
  const { branch } = source;
  switch (source.kind) {
    case 'repo':
      return createGitReader({
        repoUrl: source.url,
        credentialsFile: source.credentialsFile,
        branch,
        dataDir,
        flakeDir: source.flakeDir ?? '',
        git: createGit({ clock }),
      });
    case 'version':
      return createUrlReader({ versionUrl: source.url, headersFile: source.headersFile, branch, clock });
    default:
      return assertNever(source);
  }
}
