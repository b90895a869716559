/**
 * docs/install.md for NixOS on a host that boots, with the modules' units under its systemd; its own commands are typed as the
 * page has them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { hostsUnfit, layMachine } from '../hosts/booted-host.ts';
import { INSTALL_PAGE } from './install-page.ts';
import { buildSystem, operatorFlake, writtenUnit } from './operator-flake.ts';

const REMOTE = 'git://127.0.0.1/nixcfg';
const SERVER = '127.0.0.1:8080';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'operator-host-')));
test.after(() => {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

/** The page's lines that start with this, including lines continued by a backslash; with addresses that work here. */
function typed(start: string): string {
  const at = INSTALL_PAGE.indexOf(`   ${start}`);
  assert.ok(at > 0, start);
  const lines = INSTALL_PAGE.slice(at).split('\n');
  const end = lines.findIndex((line) => !line.trimEnd().endsWith('\\'));
  return lines
    .slice(0, end + 1)
    .join('\n')
    .replace(/ +#.*/, '')
    .replace('wss://fleet.example.com', `ws://${SERVER}`)
    .replace('git@github.com:you/nixcfg.git', REMOTE)
    .trim();
}

testUnless([toolMissing('nix'), toolMissing('git'), await hostsUnfit()])(
  'under systemd the units of the modules carry an operator from docs/install.md to a first command',
  async () => {
    const repo = operatorFlake(folder, () => REMOTE);
    const { system, units } = buildSystem(folder, repo);
    const machine = layMachine('operator', {
      isUnplugged: true,
      binds: ['/nix/store', `${repo}:/srv/nixcfg`, process.execPath],
    });
    const shell = (script: string) =>
      machine.shell(`
        export PATH=/run/current-system/sw/bin:$PATH HOME=/root SWITCHYARD_SERVER=http://${SERVER}
        sudo() { [ "$1" != -H ] || shift; "$@"; }
        ${script}`);
    const journal = (name: string) => () => machine.shell(`journalctl --no-pager --output=cat --unit=${name}`);
    try {
      // The files that an installation and an activation of NixOS leave behind.
      for (const [name, unit] of Object.entries(units)) {
        mkdirSync(machine.path('/etc/systemd/system'), { recursive: true });
        const written = writtenUnit(unit, '/usr/bin:/bin').replace('wss://fleet.example.com', `ws://${SERVER}`);
        writeFileSync(machine.path(`/etc/systemd/system/${name}.service`), written);
      }
      await machine.boot();
      await shell(`touch /etc/NIXOS && ln -sfn ${system} /run/current-system
        systemd-run --quiet --unit=remote git daemon --export-all --base-path=/srv --listen=127.0.0.1
        systemctl enable --now switchyard-coordinator`);
      await waitFor('the coordinator', journal('switchyard-coordinator'), (text) => text.includes('"msg":"listening"'));

      const token = await shell(typed('sudo cat /var/lib/switchyard-coordinator/admin-token'));
      const asAdmin = (script: string) => shell(`export SWITCHYARD_API_TOKEN=${token}\n${script}`);
      const hostToken = await asAdmin(typed('switchyard host add web1'));
      await shell(`echo ${hostToken.split('\n').at(-1)} | ${typed("sudo sh -c 'umask 077; mkdir -p /etc/switchyard")}`);
      assert.match(await shell(typed('sudo -H switchyard-agent --check')), /^ok /m);
      await shell('systemctl enable --now switchyard-agent');
      await waitFor('the agent', journal('switchyard-agent'), (text) => text.includes('"msg":"connected"'));

      // A switch would take all of NixOS.
      const run = typed('switchyard run pull-switch').replace('pull-switch', 'pull');
      assert.match(await asAdmin(`${run} --yes`), /SUCCESS/);
      await asAdmin(typed('switchyard logs web1'));
      assert.match(await asAdmin('switchyard hosts --json'), /"platform": ?"nixos"/);
      const commit = execFileSync('git', ['-C', repo, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
      await waitFor(
        'the target',
        () => asAdmin('switchyard target --json'),
        (text) => text.includes(commit),
      );
    } catch (error) {
      const logs = await shell(
        'journalctl --no-pager --output=cat --unit="switchyard-*" --unit=remote | tail -n 30',
      ).catch(String);
      const said = error instanceof Error ? error.message : error;
      const text = `${said}\n${logs}\n${readFileSync(machine.logFile, 'utf8').slice(-500)}`;
      throw new Error(text, { cause: error });
    } finally {
      await machine.close();
    }
  },
);

test.run();
