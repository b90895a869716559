/**
 * The last step of `npm ci` (`postinstall`): installs packages that npm left out for the wrong reason. npm leaves out an optional
 * package, such as the native half of a bundler, whose `engines` exclude the Node that npm itself runs on: Debian 12's, say.
 * Everything here runs on the Node that npm has just installed. Fast if there is nothing to do.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** An entry of package-lock.json, by its folder. */
export type Locked = {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
};

export type InstallingMachine = { os: string; cpu: string; libc: string | null; omitsDev: boolean };

/** `NAME@VERSION` of every optional package for this machine that is missing. */
export function leftOut(
  packages: Readonly<Record<string, Locked>>,
  { os, cpu, libc, omitsDev }: InstallingMachine,
  isThere: (folder: string) => boolean,
): string[] {
  const fits = (wanted: string[] | undefined, own: string | null) => !wanted || (own !== null && wanted.includes(own));
  return (
    Object.entries(packages)
      .filter(([, { optional, dev }]) => optional && !(dev && omitsDev))
      // Without any of the three it is missing for another reason, such as a failed install script.
      .filter(([, { os, cpu, libc }]) => os ?? cpu ?? libc)
      .filter(([, locked]) => fits(locked.os, os) && fits(locked.cpu, cpu) && fits(locked.libc, libc))
      .filter(([folder]) => !isThere(folder))
      .map(
        ([folder, { version }]) =>
          `${folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
      )
  );
}

function main(root: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const machine: InstallingMachine = {
    os: process.platform,
    cpu: process.arch,
    libc: process.platform === 'linux' ? (header.glibcVersionRuntime ? 'glibc' : 'musl') : null,
    omitsDev: (process.env.npm_config_omit ?? '').includes('dev'),
  };
  const wanted = leftOut(packages, machine, (folder) => existsSync(join(root, folder)));
  if (wanted.length === 0) return;
  console.log(`npm left out ${wanted.join(', ')}, which its own Node can't run; installing`);
  // npm runs on its own Node: a distribution's npm doesn't run on another one.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  // A named package is no longer optional: npm warns about its `engines` and installs it.
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', ...wanted], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

if (import.meta.main) main(resolve(import.meta.dirname, '..'));
