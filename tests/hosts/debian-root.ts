/** A Debian with systemd and git, made once per machine and kept between runs; every host of the tests is a layer over it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { mayInstall, mountsMissing, toolMissing } from '../../scripts/test-needs.ts';

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'git', 'procps'];
/** Systems are built and switched on this machine's own release alone. */
const OWN_PACKAGES = [...PACKAGES, 'nix-bin'];

/** One maker at a time; a half-made one is remade. Its mounts end with it, however it ends: a later one could not remove them. */
const MAKE_SH = `set -e
root=$1; shift
[ ! -d "$root" ] || exit 0
rm -rf "$root.new"
unshare --mount --propagation private mmdebstrap --variant=minbase "$@" >"$root.log" 2>&1 || {
  tail -n 5 "$root.log" >&2
  rm -rf "$root.new"
  exit 1
}
mv "$root.new" "$root"`;

/** Not needed in a test's host: a third of the unpacked size. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];

/** How apt reaches its mirror from here; passed on if this machine sets it. */
const APT_OPTIONS = /^(Acquire::(?:https?::(?:Proxy|CaInfo|Verify-\w+)|Check-\S+|ForceIPv\d|Retries)\S* ".*";)$/gim;

export type DebianRoot = { kind: 'root'; dir: string } | { kind: 'unfit'; reason: string };

export type DebianRootOptions = {
  /** A codename, such as `bullseye`, on this machine's mirror; by default the machine's own. */
  release?: string;
  packages?: readonly string[];
};

/** A Debian newer than this machine's, for suites that run its programs: one root for all of them. */
export const NEWER_DEBIAN = { release: 'trixie', packages: ['nix-bin', 'git'] } as const satisfies DebianRootOptions;

/** Takes half a minute the first time. A machine is unfit if it may not make one: no rights, no Debian. Throws if making it fails. */
export function prepareDebianRoot({
  release,
  packages = release === undefined ? OWN_PACKAGES : PACKAGES,
}: DebianRootOptions = {}): DebianRoot {
  const unfit = (reason: string): DebianRoot => ({ kind: 'unfit', reason });
  const missing = mountsMissing() ?? (mayInstall() ? null : 'only Debian makes hosts') ?? toolMissing('mmdebstrap');
  if (missing) return unfit(missing);
  const own = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const suite = release ?? own;

  const key = createHash('sha256')
    .update([suite, ...packages, ...LEFT_OUT].join())
    .digest('hex')
    .slice(0, 8);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'switchyard');
  const dir = join(cache, `root-${suite}-${key}`);
  if (existsSync(dir)) return { kind: 'root', dir };

  // The machine's own mirror: the source of its own packages can be reached.
  const policy = execFileSync('apt-cache', ['policy'], { encoding: 'utf8' });
  const mirror = new RegExp(`^ *\\d+ (\\S+) ${own}/main `, 'm').exec(policy)?.[1];
  if (!mirror) throw new Error(`apt knows no mirror of ${own}: try apt-get update`);
  const aptOptions = [...execFileSync('apt-config', ['dump'], { encoding: 'utf8' }).matchAll(APT_OPTIONS)];
  const options = [
    `--include=${packages.join()}`,
    ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...aptOptions.map(([option]) => `--aptopt=${option}`),
  ];
  mkdirSync(cache, { recursive: true });
  const make = ['sh', '-c', MAKE_SH, 'sh', dir, ...options, suite, `${dir}.new`, mirror];
  try {
    execFileSync('flock', [`${dir}.lock`, ...make], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`mmdebstrap made no ${suite}: ${words.replace(/\s+/g, ' ')}; see ${dir}.log`, { cause: error });
  }
  return { kind: 'root', dir };
}
