import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENTER_GROUP_SH, eachHierarchySh, removeGroups } from '../hosts/cgroups.ts';
import { prepareDebianRoot } from '../hosts/debian-root.ts';

/** The README's requirements. Debian's own packages, without recommended ones. */
const PACKAGES = ['ca-certificates', 'git', 'nodejs', 'npm'];

const NAMESPACES = 'unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --cgroup';

/** Devices that every container has. */
const DEVICES = 'null zero full random urandom tty';

/** First moves into its own group: the namespace takes that for the cgroups' root. */
const BEGIN_SH = `set -e
name=$1
${ENTER_GROUP_SH}
exec ${NAMESPACES} sh -c "$2" sh "$@"`;

/**
 * Shows nothing of the outer machine but its kernel and its network. The root is a mount of its own that was pivoted to, so that
 * systemd-nspawn inside can do the same, and its cgroups are those below its own group.
 */
const ENTER_SH = `set -e
name=$1 root=$3
shift 3
echo fresh >/proc/sys/kernel/hostname
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /sys sys
${eachHierarchySh('mount --bind $base/$name .$base')}
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in ${DEVICES}; do cp -a /dev/$device dev; done
# As every kernel with a network gives it.
mkdir dev/net
mknod -m 666 dev/net/tun c 10 200
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mkdir -p .outside
pivot_root . .outside
umount -l /.outside
rmdir /.outside
cd /root
exec "$@"`;

/** npm's settings for the source of packages. */
const NPM_SETTINGS = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'];

const PROXIES = /^(https?|no|all)_proxy$/i;

/** Certificates that this machine trusts beside Debian's. */
const CERTIFICATES = '/etc/ssl/handed-on.pem';

/** A Debian on which nobody has worked: Node with npm, git, and how to reach the network from here. */
export type BareMachine = {
  readonly dir: string;
  /** The outside path of one of its paths. */
  path(path: string): string;
  /** Runs a script as root in one of its folders; resolves to its exit status. Everything that it started ends with it. */
  run(script: string, cwd: string, hear: (text: string) => void, signal: AbortSignal): Promise<number | null>;
  close(): Promise<void>;
};

/** Takes a minute the first time. Throws if this machine may not. */
export function openBareMachine(): BareMachine {
  const root = prepareDebianRoot({ packages: PACKAGES });
  if (root.kind === 'unfit') throw new Error(root.reason);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-fresh-')));
  const path = (inside: string) => join(dir, 'root', inside);
  // A copy: an overlay could hold no hosts, which are overlays themselves.
  execFileSync('cp', ['-a', '--reflink=auto', root.dir, path('')]);
  copyFileSync('/etc/resolv.conf', path('/etc/resolv.conf'));
  writeFileSync(path('/etc/hosts'), '127.0.0.1 localhost fresh\n::1 localhost\n');
  handOnNpmSettings(path);
  const env = baseEnv();
  const name = `switchyard-fresh-${process.pid}`;

  return {
    dir,
    path,
    run: (script, cwd, hear, signal) =>
      new Promise((resolve, reject) => {
        const inside = ['sh', '-c', `cd '${cwd}' && ${script}`];
        const argv = ['--pdeathsig', 'KILL', 'sh', '-c', BEGIN_SH, 'sh', name, ENTER_SH, path('')];
        const child = spawn('setpriv', [...argv, ...inside], {
          env,
          signal,
          killSignal: 'SIGKILL',
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
        child.on('error', (error) => !signal.aborted && reject(error));
        child.on('close', resolve);
      }),
    async close() {
      await removeGroups(name);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** This machine's environment, cut down to its settings for the network. */
function baseEnv(): Record<string, string> {
  const proxies = Object.entries(process.env).flatMap(([name, value]) =>
    PROXIES.test(name) && value ? [[name, value] as const] : [],
  );
  return {
    HOME: '/root',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...Object.fromEntries(proxies),
  };
}

/** Empty if nothing is set. */
function npmSetting(key: string): string {
  const value = execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();
  return value === 'null' || value === 'undefined' ? '' : value;
}

/** In npm's file and not in the environment: a suite's build in a sandbox asks npm where its file is. */
function handOnNpmSettings(path: (inside: string) => string): void {
  const settings = NPM_SETTINGS.map((key) => [key, npmSetting(key)]);
  const certificates = npmSetting('cafile') || process.env.NODE_EXTRA_CA_CERTS;
  if (certificates) {
    copyFileSync(certificates, path(CERTIFICATES));
    settings.push(['cafile', CERTIFICATES]);
  }
  const lines = settings.filter(([, value]) => value).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(path('/root/.npmrc'), lines.join(''));
}
