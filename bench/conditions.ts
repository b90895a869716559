import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { resolve } from 'node:path';
import ws from 'ws/package.json' with { type: 'json' };
import { RESULTS_PAGE } from './results-page.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Date, commit and machine of a run, in one line; nothing that names the machine. */
export function conditions(): string {
  const { node, sqlite } = process.versions;
  const versions = `Node ${node}, ws ${ws.version}, SQLite ${sqlite}, Linux ${release()}`;
  const cpu = cpus()[0]?.model.trim() ?? 'an unknown processor';
  return `${new Date().toISOString().slice(0, 10)}, commit ${commit()}, ${versions}, ${cpu}, ${cpus().length} cores`;
}

/** Git's HEAD, marked if the source differs from it. */
function commit(): string {
  const git = (...argv: string[]) => execFileSync('git', argv, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--', `:!${RESULTS_PAGE}`) !== '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? ' (with changes)' : ''}`;
  } catch {
    return 'unknown';
  }
}
