import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readOpsFile } from '../../agent/config/ops-file.ts';
import { readConfigFile } from '../../coordinator/config/config-file.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { buildingPkgs } from './building.ts';
import { nix, storeEnvironment } from './evaluate.ts';
import { hostExpression, KINDS, onHost, refusal, STAND_IN } from './hosts.ts';

const nixTest = testUnless([toolMissing('nix')]);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'settings-')));
test.after(() => {
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

const PKGS = buildingPkgs();
/** On this machine, for another. */
const CROSS_PKGS = PKGS.replace(
  'import ./pkgs.nix {',
  'import ./pkgs.nix { system = "riscv64-linux"; buildSystem = builtins.currentSystem;',
);

/** Nix's message when it refuses to build it. */
function refusalOf(...asked: Parameters<typeof fileOf>): string {
  try {
    fileOf(...asked);
  } catch (error) {
    return String((error as { stderr?: string }).stderr ?? error);
  }
  throw new Error('it is built');
}

/** The content of the file that a unit names, once Nix has built it. */
function fileOf(kind: 'nixosAgent' | 'nixosCoordinator', config: string, variable: string, pkgs = PKGS): string {
  const service = `checked.systemd.services.switchyard-${kind === 'nixosAgent' ? 'agent' : 'coordinator'}`;
  // Nix builds what a string refers to.
  const what = `pkgs.runCommand "unit" { inherit (${service}.environment) ${variable}; } "cp $${variable} $out"`;
  const expression = hostExpression(KINDS[kind], config, what, { ...STAND_IN, pkgs });
  return readFileSync(
    nix('nix-build', ['--no-out-link', '--expr', expression], storeEnvironment(folder)).trim(),
    'utf8',
  );
}

nixTest('the settings of the module are what the coordinator reads', () => {
  const config = `services.switchyard-coordinator = { enable = true; settings = {
    ops.switch.timeoutMs = 3600000; target.repoUrl = "git@example.com:x"; dashboard.origins = [ "https://x" ];
  }; };`;
  const read = readConfigFile(fileOf('nixosCoordinator', config, 'SWITCHYARD_CONFIG'));
  if (read.kind !== 'value') throw new Error(read.fault);
  assert.is(read.value.ops.switch?.timeoutMs, 3_600_000);
  assert.equal([...read.value.dashboard.origins], ['https://x']);
});

nixTest('settings that the coordinator would refuse fail its build, in its own words, for another machine too', () => {
  const config = 'services.switchyard-coordinator = { enable = true; settings.limits.host = 3; };';
  for (const pkgs of [PKGS, CROSS_PKGS])
    assert.match(
      refusalOf('nixosCoordinator', config, 'SWITCHYARD_CONFIG', pkgs),
      /limits\.host: there is no such key/,
    );
});

nixTest('a configFile that the configuration holds is tried as settings are, and one on the host is not', () => {
  const path = join(folder, 'own.toml');
  const ask = (text: string) => {
    writeFileSync(path, text);
    const config = `services.switchyard-coordinator = { enable = true; configFile = /. + "${path}"; };`;
    return ['nixosCoordinator', config, 'SWITCHYARD_CONFIG'] as const;
  };
  assert.is(fileOf(...ask('[limits]\nhosts = 3\n')), '[limits]\nhosts = 3\n');
  assert.match(refusalOf(...ask('[limits]\nhost = 3\n')), /limits\.host: there is no such key/);
  const [, config] = ask('[target]\nrepoUrl = "https://you:s3cret@git.example.com/x"\n');
  const unit = 'checked.systemd.services.switchyard-coordinator.environment';
  assert.match(refusal(KINDS.nixosCoordinator, config, unit), /configFile: target\.repoUrl holds a password/);

  const onHostItself = 'services.switchyard-coordinator = { enable = true; configFile = "/etc/own.toml"; };';
  assert.is(onHost(KINDS.nixosCoordinator, onHostItself, `${unit}.SWITCHYARD_CONFIG`), '/etc/own.toml');
});

nixTest('the ops of the module are what the agent reads', () => {
  const config = `services.switchyard-agent = { enable = true; url = "ws://x"; tokenFile = "/t";
    ops.greet = { steps = [ [ "echo" "it's \\"here\\"" ] [ "true" ] ]; cwd = "/srv"; completion = "exit"; };
    ops.plain.steps = [ [ "true" ] ];
  };`;
  const read = readOpsFile(fileOf('nixosAgent', config, 'SWITCHYARD_OPS_FILE'));
  assert.equal(JSON.parse(JSON.stringify(read)), {
    kind: 'value',
    value: {
      greet: { steps: [['echo', 'it\'s "here"'], ['true']], cwd: '/srv', completion: 'exit' },
      plain: { steps: [['true']] },
    },
  });
});

test.run();
