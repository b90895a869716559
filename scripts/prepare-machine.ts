/**
 * Installs the Debian packages that tests use, where allowed: on Debian, as root. Never fails; the tests without their tool do.
 * Fast if there is nothing to do.
 */
import { execFileSync } from 'node:child_process';
import { mayInstall, toolPath } from './test-needs.ts';
import { TEST_TOOLS } from './test-tools.ts';

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
    console.log(`could not install ${packages.join(', ')}; the tests that need them will fail. ${reason}`);
  }
}

const missing = Object.entries(TEST_TOOLS).filter(([tool]) => !toolPath(tool));
const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))];
if (packages.length > 0 && mayInstall()) install(packages);
