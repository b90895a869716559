/**
 * Installs the Debian packages that tests use, where that may be done: on Debian, as root. Never fails: a test whose tool is
 * missing says that it skips. Nothing to do costs nothing.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TEST_TOOLS } from './test-tools.ts';

function isInstalled(tool: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function aptGet(...args: string[]): void {
  execFileSync('apt-get', ['-qq', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function install(packages: string[]): void {
  console.log(`installing ${packages.join(', ')}`);
  try {
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', ...packages);
  } catch (error) {
    const reason = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    console.log(`could not install ${packages.join(', ')}; the tests that need them are skipped. ${reason}`);
  }
}

const missing = TEST_TOOLS.filter(([tool]) => !isInstalled(tool)).map(([, debianPackage]) => debianPackage);
const mayInstall = process.getuid?.() === 0 && isInstalled('apt-get');
if (missing.length > 0 && mayInstall) install(missing);
