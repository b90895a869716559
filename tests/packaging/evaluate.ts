import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const NIX_CONFIG = [
  'experimental-features = nix-command flakes',
  'sandbox = false',
  'build-users-group =',
  'substituters =',
].join('\n');

/** The root of the repository; flake.nix stands in it. */
export const ROOT = join(import.meta.dirname, '../..');

/**
 * Runs one of Nix's programs in this folder, where `lib/`, `pkgs.nix` and `platforms.nix` are. Throws with Nix's own words. `env`
 * adds to its environment.
 */
export function nix(
  program: 'nix' | 'nix-build' | 'nix-instantiate',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  return execFileSync(program, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: '/var/empty', NIX_CONFIG, ...env },
  });
}

/** Nix's settings for a build: the machine's store is root's, everyone else gets one below `folder`. */
export const storeEnvironment = (folder: string): Record<string, string> => ({
  HOME: folder,
  ...(process.getuid?.() === 0
    ? {}
    : {
        NIX_STORE_DIR: join(folder, 'nix/store'),
        NIX_STATE_DIR: join(folder, 'nix/state'),
        NIX_LOG_DIR: join(folder, 'nix/log'),
      }),
});

/** The value of a Nix expression. Nothing is written to the store. */
export const evaluate = (expression: string): unknown =>
  JSON.parse(
    nix('nix-instantiate', [
      '--eval',
      '--strict',
      '--json',
      '--readonly-mode',
      '--store',
      'dummy://',
      '--expr',
      expression,
    ]),
  );

/** Nix's complaint about an expression that it must refuse. */
export function complaint(expression: string): string {
  try {
    evaluate(expression);
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) return String(error.stderr);
    throw error;
  }
  throw new Error(`Nix takes ${expression}`);
}
