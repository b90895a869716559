import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AGENT_PROGRAM } from '../../agent/config/config.ts';
import { COORDINATOR_PROGRAM } from '../../coordinator/config/options.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { readOptions } from '../../shared/options.ts';
import { KINDS, onHost, refusal } from './hosts.ts';
import { environmentOf, readUnit, type UnitFile } from './unit-file.ts';

type Service = {
  after: string[];
  wants: string[];
  wantedBy: string[];
  startLimitIntervalSec: number;
  restartIfChanged: boolean;
  path: string[];
  environment: Record<string, string>;
  serviceConfig: Record<string, unknown>;
};

const nixTest = testUnless([toolMissing('nix')]);

const AGENT = 'services.switchyard-agent = { enable = true; url = "wss://fleet.example.com";';
const WITH_TOKEN = `${AGENT} tokenFile = "/run/secrets/token"; };`;
const COORDINATOR = 'services.switchyard-coordinator = { enable = true;';
const SERVICE = {
  agent: 'checked.systemd.services.switchyard-agent',
  coordinator: 'checked.systemd.services.switchyard-coordinator',
};

const nixosAgent = (config: string) => onHost(KINDS.nixosAgent, config, SERVICE.agent) as Service;
const nixosCoordinator = (config: string) => onHost(KINDS.nixosCoordinator, config, SERVICE.coordinator) as Service;

/** As systemd reads what NixOS writes. */
const written = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(written).join(' ');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
};

function assertSameAsUnit(service: Service, unit: UnitFile): void {
  // Where program, configuration and secret come from is the module's own.
  const { ExecStart, Environment, EnvironmentFile, LoadCredential, ...settings } = unit.Service ?? {};
  const { ExecStart: program, LoadCredential: credential, ...configured } = service.serviceConfig;
  assert.equal(Object.fromEntries(Object.entries(configured).map(([key, value]) => [key, written(value)])), settings);
  assert.is(written(service.startLimitIntervalSec), unit.Unit?.StartLimitIntervalSec);
  assert.is(written(service.after), unit.Unit?.After);
  assert.is(written(service.wants), unit.Unit?.Wants ?? '');
  assert.is(written(service.wantedBy), unit.Install?.WantedBy);
}

nixTest('on NixOS the agent is the unit that other hosts have, and a switch leaves it alone', () => {
  const service = nixosAgent(WITH_TOKEN);
  const unit = readUnit('switchyard-agent.service');
  assertSameAsUnit(service, unit);
  assert.is(service.restartIfChanged, false);
  assert.match(
    service.serviceConfig.ExecStart as string,
    /^\/nix\/store\/\w{32}-switchyard-agent-[\d.]+\/bin\/switchyard-agent$/,
  );
  assert.is(service.serviceConfig.LoadCredential, 'token:/run/secrets/token');
  assert.equal(service.environment, {
    ...environmentOf(unit),
    // NixOS has known the name of the folder for long; other hosts' systemd may not.
    SWITCHYARD_TOKEN_FILE: '%d/token',
    SWITCHYARD_INSTALLED_PATH: '/run/current-system/sw/bin/switchyard-agent',
    SWITCHYARD_URL: 'wss://fleet.example.com',
  });
  const tools = service.path.map((path) => path.replace(/.*-/, ''));
  assert.equal(tools.sort(), ['git', 'nix', 'openssh', 'procps']);
});

nixTest('the agent that the unit starts is the one behind its INSTALLED_PATH', () => {
  const what = `[ ${SERVICE.agent}.serviceConfig.ExecStart ] ++ map (p: "\${p}/bin/switchyard-agent") checked.environment.systemPackages`;
  const [started, ...installed] = onHost(KINDS.nixosAgent, WITH_TOKEN, what) as string[];
  assert.is(installed[0], started);
});

for (const kind of ['nixosAgent', 'darwinAgent'] as const)
  nixTest(`${kind}: a check by hand finds git in the system’s PATH, as the service does in its own`, () => {
    const installed = onHost(KINDS[kind], WITH_TOKEN, 'map (p: p.name) checked.environment.systemPackages') as string[];
    assert.ok(installed.includes('git'), installed.join());
  });

nixTest('on NixOS the coordinator is the unit that other hosts have', () => {
  const service = nixosCoordinator(`${COORDINATOR} };`);
  const unit = readUnit('switchyard-coordinator.service');
  assertSameAsUnit(service, unit);
  assert.equal(service.environment, environmentOf(unit));
  assert.match(
    service.serviceConfig.ExecStart as string,
    /-switchyard-coordinator-[\d.]+\/bin\/switchyard-coordinator$/,
  );
  assert.not.ok('LoadCredential' in service.serviceConfig);
});

nixTest('the coordinator gets its admin token as a credential', () => {
  const service = nixosCoordinator(`${COORDINATOR} adminTokenFile = "/run/secrets/admin"; };`);
  assert.is(service.serviceConfig.LoadCredential, 'admin-token:/run/secrets/admin');
  assert.is(service.environment.SWITCHYARD_ADMIN_TOKEN_FILE, '%d/admin-token');
});

nixTest('the agent’s token may be a credential of the machine', () => {
  const service = nixosAgent(`${AGENT} tokenCredential = "switchyard.token"; };`);
  assert.is(service.serviceConfig.LoadCredential, 'token:switchyard.token');
  assert.is(service.environment.SWITCHYARD_TOKEN_FILE, '%d/token');
});

nixTest('the agent reads every option as the module was given it', () => {
  const { environment } = nixosAgent(`${AGENT} tokenFile = "/run/secrets/token"; repoDir = "/srv/config";
    repoUrl = "https://git.example.com/a%20b.git"; profile = "/nix/var/nix/profiles/system"; installedPath = "/opt/agent.js";
    branch = "live"; hostname = "web1"; platform = "custom"; heartbeatIntervalMs = 1000; opsFile = "/etc/ops.toml";
    agentInput = "fleet"; launcher = "process"; tags = [ "web" "eu" ]; logLevel = "debug"; };`);
  // What the service manager does with it.
  const read = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replaceAll('%%', '%')]),
  );
  const reading = readOptions(AGENT_PROGRAM, [], read);
  assert.is(reading.kind, 'values');
  if (reading.kind !== 'values') return;
  const { url, stateDir, tokenFile, ...values } = reading.values;
  assert.equal(values, {
    token: null,
    bootId: null,
    repoDir: '/srv/config',
    repoUrl: 'https://git.example.com/a%20b.git',
    profile: '/nix/var/nix/profiles/system',
    installedPath: '/opt/agent.js',
    branch: 'live',
    hostname: 'web1',
    platform: 'custom',
    heartbeatIntervalMs: 1000,
    opsFile: '/etc/ops.toml',
    agentInput: 'fleet',
    launcher: 'process',
    tags: ['web', 'eu'],
    logLevel: 'debug',
  });
});

nixTest('the coordinator reads every option as the module was given it', () => {
  const { environment } = nixosCoordinator(
    `${COORDINATOR} listen = "[::]:9000"; config = "/etc/coordinator.toml"; logLevel = "warn"; };`,
  );
  const reading = readOptions(COORDINATOR_PROGRAM, [], environment);
  assert.is(reading.kind, 'values');
  if (reading.kind !== 'values') return;
  const { listen, config, logLevel } = reading.values;
  assert.equal(
    { listen, config, logLevel },
    { listen: { host: '::', port: 9000 }, config: '/etc/coordinator.toml', logLevel: 'warn' },
  );
});

nixTest('a file that the configuration holds is named by its place in the store', () => {
  const { environment } = nixosAgent(`${AGENT} tokenFile = "/run/t"; opsFile = ./lib.nix; };`);
  assert.match(environment.SWITCHYARD_OPS_FILE ?? '', /^\/nix\/store\/\w{32}-lib\.nix$/);
});

const REFUSED: [title: string, option: string, why: RegExp][] = [
  ['an option that does not exist', 'hostName = "web1";', /hostName' does not exist/],
  ['a raw token', 'token = "secret";', /token' does not exist/],
  ['a URL that is not a WebSocket’s', 'url = lib.mkForce "http://fleet.example.com";', /url' takes string matching/],
  ['a text for a number', 'heartbeatIntervalMs = "5000";', /heartbeatIntervalMs' takes null or integer between 50/],
  ['a number out of bounds', 'heartbeatIntervalMs = 1;', /heartbeatIntervalMs' takes/],
  ['a platform that does not exist', 'platform = "windows";', /platform' takes null or one of/],
  ['a tag that no command line could name', 'tags = [ "web" "the east" ];', /tags' takes string matching/],
  ['a text for a list', 'tags = "web";', /tags' takes null or list/],
  ['a branch that git takes for an option', 'branch = "--upload-pack=sh";', /branch' takes/],
  ['a token file in the store', 'tokenFile = lib.mkForce (builtins.toFile "token" "secret");', /tokenFile' takes/],
  ['a token file as a path literal', 'tokenFile = lib.mkForce ./lib.nix;', /tokenFile' takes/],
  ['two tokens', 'tokenCredential = "switchyard.token";', /one of tokenFile and tokenCredential/],
  ['no token', 'tokenFile = lib.mkForce null;', /one of tokenFile and tokenCredential/],
];

for (const [title, option, why] of REFUSED)
  nixTest(`refused is ${title}`, () => {
    const config = `services.switchyard-agent = lib.mkMerge [ { enable = true; url = "wss://x"; tokenFile = "/t"; } { ${option} } ];`;
    assert.match(refusal(KINDS.nixosAgent, config, SERVICE.agent), why);
  });

nixTest('a host that does not enable the agent has nothing of it', () => {
  assert.equal(
    onHost(
      KINDS.nixosAgent,
      '',
      '{ inherit (checked.systemd) services; inherit (checked.environment) systemPackages; }',
    ),
    {
      services: {},
      systemPackages: [],
    },
  );
});

nixTest('in a home on Linux the agent is a user service that an activation leaves alone', () => {
  const { Unit, Service, Install } = onHost(
    KINDS.homeOnLinux,
    WITH_TOKEN,
    'checked.systemd.user.services.switchyard-agent',
  ) as Record<string, Record<string, unknown>>;
  const unit = readUnit('switchyard-agent.service').Service ?? {};
  assert.is(Unit?.['X-SwitchMethod'], 'keep-old');
  assert.equal(Install, { WantedBy: ['default.target'] });
  const { ExecStart, Environment, ...settings } = Service ?? {};
  assert.is(ExecStart, '/Users/you/.local/state/nix/profiles/home-manager/home-path/bin/switchyard-agent');
  for (const [key, value] of Object.entries(settings)) assert.is(written(value), unit[key], key);
  for (const key of ['KillMode', 'OOMPolicy', 'Restart', 'RestartForceExitStatus']) assert.ok(key in settings, key);
  const environment = (Environment as string[]).map((entry) => String(JSON.parse(entry)));
  assert.ok(environment.includes('SWITCHYARD_TOKEN_FILE=/run/secrets/token'));
  assert.ok(environment.includes('SWITCHYARD_PLATFORM=home-manager'));
  assert.ok(environment.includes(`SWITCHYARD_INSTALLED_PATH=${ExecStart}`));
});

for (const kind of ['darwinAgent', 'homeOnMac', 'homeOnLinux'] as const)
  nixTest(`${kind}: a token file must be given, and each platform has jobs of its own only`, () => {
    assert.match(refusal(KINDS[kind], `${AGENT} };`, 'checked'), /tokenFile is missing/);
    if (kind === 'homeOnMac') assert.equal(onHost(KINDS[kind], WITH_TOKEN, 'checked.systemd.user.services'), {});
    if (kind === 'homeOnLinux') assert.equal(onHost(KINDS[kind], WITH_TOKEN, 'checked.launchd.agents'), {});
  });

test.run();
