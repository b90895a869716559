import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtPrograms } from '../../scripts/built-programs.ts';
import { testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createApi } from '../harness/api.ts';
import { hostsUnfit, layMachine, OLDEST_RELEASE } from './booted-host.ts';
import type { Machine } from './machine.ts';

/** The commands of docs/install.md that make this addition to the unit. */
function dropInSteps(name: string): string {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/install.md'), 'utf8');
  const steps = page.split('```').find((text) => text.includes(`/switchyard-coordinator.service.d/${name}.conf`));
  assert.ok(steps);
  return steps;
}

const UNIT = resolve(import.meta.dirname, '../../systemd/switchyard-coordinator.service');
const DATA = '/var/lib/switchyard-coordinator';

/** The README's commands that configure the coordinator. */
function configurationSteps(): string {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const [steps] = /^ *install .*coordinator\.toml <<'EOF'$.*^ *echo SWITCHYARD_CONFIG.*?$/ms.exec(readme) ?? [];
  assert.ok(steps);
  return steps.replace(/^ {3}/gm, '');
}

/** A repository with one commit, served on its own port. */
async function serveRepository({ shell }: Machine): Promise<{ url: string; commit: string }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const commit = await shell(`
    git init --quiet --bare -b main /srv/nixcfg.git
    tree=$(git -C /srv/nixcfg.git mktree </dev/null)
    commit=$(git -C /srv/nixcfg.git -c user.name=A -c user.email=a@example.com commit-tree -m first $tree)
    git -C /srv/nixcfg.git update-ref refs/heads/main $commit
    systemd-run --quiet --unit=remote git daemon --export-all --base-path=/srv --listen=127.0.0.1 --port=${port}
    echo $commit`);
  const url = `git://127.0.0.1:${port}/nixcfg.git`;
  await waitFor('the remote', async () => (await shell(`git ls-remote ${url}`)).includes(commit));
  return { url, commit };
}

for (const release of [undefined, OLDEST_RELEASE])
  testUnless([await hostsUnfit(release)])(
    `the coordinator’s unit runs the bundle on ${release ?? 'this release'}, in its sandbox and after a reboot too`,
    async () => {
      const machine = layMachine('coordinator', release === undefined ? {} : { release });
      const lay = (from: string, to: string) => {
        mkdirSync(dirname(machine.path(to)), { recursive: true });
        cpSync(from, machine.path(to));
      };
      const listens = async (times: number) => {
        const lines = () => machine.shell('journalctl --no-pager --output=cat --boot --unit=switchyard-coordinator');
        const found = (text: string) => [...text.matchAll(/"address":"([^"]+)".*"msg":"listening"/g)];
        const text = await waitFor('the coordinator to listen', lines, (seen) => found(seen).length === times);
        return found(text).at(-1)?.[1] ?? '';
      };
      try {
        lay((await builtPrograms()).coordinator, '/usr/local/lib/switchyard/coordinator.js');
        lay(UNIT, '/etc/systemd/system/switchyard-coordinator.service');
        await machine.boot();
        const remote = await serveRepository(machine);
        await machine.shell(configurationSteps().replace('https://git.example.com/you/nixcfg.git', remote.url));
        await machine.shell('echo SWITCHYARD_LISTEN=127.0.0.1:0 >> /etc/switchyard/coordinator.env');
        await machine.shell('systemctl enable --now switchyard-coordinator');

        const address = await listens(1);
        assert.is((await fetch(`${address}/readyz`)).status, 200);
        assert.is(await machine.shell('systemctl is-active switchyard-coordinator'), 'active');
        assert.is(await machine.shell(`stat --dereference --format=%a ${DATA}`), '700');
        const open = await machine.shell(`find ${DATA}/ -type f -perm /077 -o -type d -perm /077`);
        assert.is(open, '', 'nobody else can read or write any of it');
        assert.is(await machine.shell(`stat --format=%a ${DATA}/admin-token`), '600');
        assert.is.not(await machine.shell(`stat --format=%U ${DATA}/admin-token`), 'root');
        const token = await machine.shell(`cat ${DATA}/admin-token`);
        const api = createApi({ address, token });
        const { hostId } = await api.addHost('web1');
        const { commit, error } = await waitFor('the target', api.target, ({ checkedAt }) => checkedAt !== null);
        assert.equal([commit, error], [remote.commit, null], 'git reaches the target from the sandbox');

        // The power cut is not a clean end. After the boot systemd makes up another user, who must find the data.
        await machine.powerCut();
        await machine.boot();
        const again = createApi({ address: await listens(1), token });
        assert.is((await again.host(hostId)).name, 'web1');
      } finally {
        await machine.close();
      }
    },
  );

testUnless([await hostsUnfit()])(
  'a port below 1024 and a file of root’s are refused with what to do, and work as docs/install.md says',
  async () => {
    // All of its ports are free.
    const machine = layMachine('privileged', { isUnplugged: true });
    const lay = (from: string, to: string) => {
      mkdirSync(dirname(machine.path(to)), { recursive: true });
      cpSync(from, machine.path(to));
    };
    const journal = () => machine.shell('journalctl --no-pager --output=cat --unit=switchyard-coordinator');
    const says = (words: RegExp) => waitFor(`${words}`, journal, (text) => words.test(text));
    const options = (...lines: string[]) =>
      machine.shell(`printf '%s\\n' ${lines.join(' ')} > /etc/switchyard/coordinator.env
        systemctl restart switchyard-coordinator`);
    try {
      lay((await builtPrograms()).coordinator, '/usr/local/lib/switchyard/coordinator.js');
      lay(UNIT, '/etc/systemd/system/switchyard-coordinator.service');
      await machine.boot();
      await machine.shell(`install -d /etc/switchyard
        install -m 0600 /dev/stdin /etc/switchyard/coordinator.toml <<'EOT'
[limits]
hosts = 3
EOT`);
      await options('SWITCHYARD_LISTEN=127.0.0.1:443');
      await says(/SWITCHYARD_LISTEN .*127\.0\.0\.1:443 cannot be listened on \(EACCES\): .*CAP_NET_BIND_SERVICE/);
      await machine.shell(dropInSteps('port'));
      await says(/"address":"http:\/\/127\.0\.0\.1:443".*"msg":"listening"/);

      await options('SWITCHYARD_LISTEN=127.0.0.1:444', 'SWITCHYARD_CONFIG=/etc/switchyard/coordinator.toml');
      await says(/SWITCHYARD_CONFIG .*coordinator\.toml cannot be read \(EACCES\): .*LoadCredential/);
      await options('SWITCHYARD_LISTEN=127.0.0.1:444');
      await machine.shell(dropInSteps('config'));
      await says(/"address":"http:\/\/127\.0\.0\.1:444".*"msg":"listening"/);
      const environment =
        'tr "\\0" "\\n" < /proc/$(systemctl show --property=MainPID --value switchyard-coordinator)/environ';
      assert.match(await machine.shell(environment), 'SWITCHYARD_CONFIG=/run/credentials/');
    } finally {
      await machine.close();
    }
  },
);

test.run();
