/** A Debian with systemd, git and Nix, made once a machine and kept between runs; every host of the tests is a layer over it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '../../agent/platforms/tool.ts';

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'git', 'procps', 'nix-bin'];

const TOOLS = ['debootstrap', 'systemd-nspawn', 'unshare', 'setpriv', 'nsenter', 'flock', 'apt-cache'];

/** One maker at a time; what was cut short is made anew. */
const MAKE_SH = `set -e
root=$1; shift
[ ! -d "$root" ] || exit 0
rm -rf "$root.new"
debootstrap --variant=minbase --include="$1" "$2" "$root.new" "$3" >"$root.log"
mv "$root.new" "$root"`;

export type DebianRoot = { kind: 'root'; dir: string } | { kind: 'unfit'; reason: string };

/** Takes a minute the first time. */
export function prepareDebianRoot(): DebianRoot {
  const unfit = (reason: string): DebianRoot => ({ kind: 'unfit', reason });
  if (process.getuid?.() !== 0) return unfit('only root can boot hosts');
  const missing = TOOLS.find((tool) => !findTool(tool, process.env.PATH ?? ''));
  if (missing) return unfit(`there is no ${missing} here`);
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  // The machine's own mirror: what its own packages came from can be reached.
  const policy = execFileSync('apt-cache', ['policy'], { encoding: 'utf8' });
  const mirror = new RegExp(`^ *\\d+ (\\S+) ${release}/main `, 'm').exec(policy)?.[1];
  if (!mirror) return unfit('apt knows no mirror of this release of Debian');

  const key = createHash('sha256')
    .update([release, ...PACKAGES].join())
    .digest('hex')
    .slice(0, 8);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'switchyard');
  const dir = join(cache, `debian-${release}-${key}`);
  try {
    mkdirSync(cache, { recursive: true });
    const make = ['sh', '-c', MAKE_SH, 'sh', dir, PACKAGES.join(), release, mirror];
    if (!existsSync(dir)) execFileSync('flock', [`${dir}.lock`, ...make], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : error;
    return unfit(`debootstrap failed: ${words}; see ${dir}.log`);
  }
  return { kind: 'root', dir };
}
