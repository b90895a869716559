import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { stop as stopEsbuild } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build } from '../../scripts/build.ts';
import { testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createApi } from '../harness/api.ts';
import { hostsUnfit, layMachine, OLDEST_RELEASE } from './booted-host.ts';

const UNIT = resolve(import.meta.dirname, '../../systemd/switchyard-coordinator.service');
const DATA = '/var/lib/switchyard-coordinator';

for (const release of [undefined, OLDEST_RELEASE])
  testUnless([await hostsUnfit(release)])(
    `the coordinator’s unit runs the bundle on ${release ?? 'this release'}, in its sandbox and after a reboot too`,
    async () => {
      const machine = layMachine('coordinator', release === undefined ? {} : { release });
      const bundles = mkdtempSync(join(tmpdir(), 'switchyard-bundle-'));
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
        const [bundle = ''] = await build({
          outDir: bundles,
          commit: '',
          programs: { coordinator: 'coordinator/main.ts' },
        });
        lay(bundle, '/usr/local/lib/switchyard/coordinator.js');
        lay(UNIT, '/etc/systemd/system/switchyard-coordinator.service');
        mkdirSync(machine.path('/etc/switchyard'), { recursive: true });
        writeFileSync(machine.path('/etc/switchyard/coordinator.env'), 'SWITCHYARD_LISTEN=127.0.0.1:0\n');
        await machine.boot();
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
        const { hostId } = await createApi({ address, token }).addHost('web1');

        // Not a clean end, and the user that systemd makes up anew has to find its data.
        await machine.powerCut();
        await machine.boot();
        const again = createApi({ address: await listens(1), token });
        assert.is((await again.host(hostId)).name, 'web1');
      } finally {
        await machine.close();
        await stopEsbuild();
        rmSync(bundles, { recursive: true, force: true });
      }
    },
  );

test.run();
