import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AGENT_PROGRAM } from '../../agent/config/config.ts';
import { COORDINATOR_PROGRAM } from '../../coordinator/config/options.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { readOptions } from '../../shared/options.ts';
import { hostsIn, KINDS, WORLDS } from './hosts.ts';
import { INSTALL_PAGE } from './install-page.ts';
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

/** The certificates of a NixOS host; other hosts set their own. */
const TRUSTED = {
  NIX_SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
};

/** As systemd reads the files that NixOS writes. */
const written = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(written).join(' ');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
};

function assertSameAsUnit(service: Service, unit: UnitFile): void {
  // Only the module knows where program, configuration and secret come from.
  const { ExecStart, Environment, EnvironmentFile, LoadCredential, ...settings } = unit.Service ?? {};
  const { ExecStart: program, LoadCredential: credential, ...configured } = service.serviceConfig;
  assert.equal(Object.fromEntries(Object.entries(configured).map(([key, value]) => [key, written(value)])), settings);
  assert.is(written(service.startLimitIntervalSec), unit.Unit?.StartLimitIntervalSec);
  assert.is(written(service.after), unit.Unit?.After);
  assert.is(written(service.wants), unit.Unit?.Wants ?? '');
  assert.is(written(service.wantedBy), unit.Install?.WantedBy);
}

for (const world of WORLDS) {
  const { onHost } = hostsIn(world);
  const titled = (title: string, body: () => void) => nixTest(`${title} (${world.name})`, body);
  const nixosAgent = (config: string) => onHost(KINDS.nixosAgent, config, SERVICE.agent) as Service;
  const nixosCoordinator = (config: string) => onHost(KINDS.nixosCoordinator, config, SERVICE.coordinator) as Service;

  titled('on NixOS the agent is the unit that other hosts have, and a switch leaves it alone', () => {
    const service = nixosAgent(WITH_TOKEN);
    const unit = readUnit('switchyard-agent.service');
    assertSameAsUnit(service, unit);
    assert.is(service.restartIfChanged, false);
    assert.match(
      service.serviceConfig.ExecStart as string,
      /^\/nix\/store\/\w{32}-switchyard-agent-[\d.]+\/bin\/switchyard-agent$/,
    );
    assert.equal(service.serviceConfig.LoadCredential, ['token:/run/secrets/token']);
    assert.equal(service.environment, {
      ...TRUSTED,
      ...environmentOf(unit),
      // NixOS has known this folder's name for long; other hosts' systemd may not.
      SWITCHYARD_TOKEN_FILE: '%d/token',
      SWITCHYARD_INSTALLED_PATH: '/run/current-system/sw/bin/switchyard-agent',
      SWITCHYARD_URL: 'wss://fleet.example.com',
    });
    const tools = service.path.map((path) => path.replace(/.*-/, ''));
    assert.equal(tools.sort(), ['git', 'nix', 'openssh', 'procps']);
  });

  titled('the agent that the unit starts is the one behind its INSTALLED_PATH', () => {
    const what = `[ ${SERVICE.agent}.serviceConfig.ExecStart ] ++ map (p: "\${p}/bin/switchyard-agent") checked.environment.systemPackages`;
    const [started, ...installed] = onHost(KINDS.nixosAgent, WITH_TOKEN, what) as string[];
    assert.is(installed[0], started);
  });

  titled('on NixOS the coordinator is the unit that other hosts have', () => {
    const service = nixosCoordinator(`${COORDINATOR} };`);
    const unit = readUnit('switchyard-coordinator.service');
    assertSameAsUnit(service, unit);
    assert.equal(service.environment, { ...TRUSTED, ...environmentOf(unit) });
    assert.match(
      service.serviceConfig.ExecStart as string,
      /-switchyard-coordinator-[\d.]+\/bin\/switchyard-coordinator$/,
    );
    assert.not.ok('LoadCredential' in service.serviceConfig);
  });

  titled('secrets come as credentials, encrypted ones too, and one more of the operator takes no place', () => {
    const more = 'systemd.services.switchyard-coordinator.serviceConfig.LoadCredential = [ "deploy-key:/run/key" ];';
    const coordinator = nixosCoordinator(`${COORDINATOR} adminTokenFile = "/run/secrets/100%"; }; ${more}`);
    assert.equal((coordinator.serviceConfig.LoadCredential as string[]).sort(), [
      'admin-token:/run/secrets/100%%',
      'deploy-key:/run/key',
    ]);
    assert.is(coordinator.environment.SWITCHYARD_ADMIN_TOKEN_FILE, '%d/admin-token');

    const { serviceConfig, environment } = nixosAgent(`${AGENT} encryptedTokenFile = ./platforms.nix; };`);
    assert.match(
      (serviceConfig.LoadCredentialEncrypted as string[]).join(),
      /^token:\/nix\/store\/\w{32}-platforms\.nix$/,
    );
    assert.is(environment.SWITCHYARD_TOKEN_FILE, '%d/token');
    assert.not.ok('LoadCredential' in serviceConfig);

    const admin = nixosCoordinator(`${COORDINATOR} encryptedAdminTokenFile = "/etc/admin.cred"; };`);
    assert.equal(admin.serviceConfig.LoadCredentialEncrypted, ['admin-token:/etc/admin.cred']);
    assert.is(admin.environment.SWITCHYARD_ADMIN_TOKEN_FILE, '%d/admin-token');
  });

  titled('the agent’s token may be a credential of the machine', () => {
    const service = nixosAgent(`${AGENT} tokenCredential = "switchyard.token"; };`);
    assert.equal(service.serviceConfig.LoadCredential, ['token:switchyard.token']);
    assert.is(service.environment.SWITCHYARD_TOKEN_FILE, '%d/token');
  });

  titled('settings of restart and sandbox can be overridden without force', () => {
    const other = (name: string) =>
      `systemd.services.${name}.serviceConfig = { RestartSec = 5; ProtectHome = "read-only"; SystemCallFilter = [ "@system-service" ]; };`;
    for (const { serviceConfig } of [
      nixosAgent(`${WITH_TOKEN} ${other('switchyard-agent')}`),
      nixosCoordinator(`${COORDINATOR} }; ${other('switchyard-coordinator')}`),
    ]) {
      assert.is(serviceConfig.RestartSec, 5);
      assert.is(serviceConfig.ProtectHome, 'read-only');
      assert.equal(serviceConfig.SystemCallFilter, ['@system-service']);
    }
  });

  titled('the agent reads every option as the module was given it', () => {
    const { environment } = nixosAgent(`${AGENT} tokenFile = "/run/secrets/token"; repoDir = "/srv/config";
      repoUrl = "https://git.example.com/a%20b.git"; profile = "/nix/var/nix/profiles/system"; installedPath = "/opt/agent.js";
      branch = "live"; hostname = "web1"; platform = "custom"; heartbeatIntervalMs = 1000; opsFile = "/etc/ops.toml";
      agentInput = "fleet"; trustedSigners = "/etc/signers"; flakeDir = "my nix/#1"; launcher = "process"; guard = "off"; guardWitness = [ "192.0.2.1:53" ]; guardReboot = "on"; tags = [ "web" "eu" ]; logLevel = "debug"; };`);
    // As the service manager reads it.
    const read = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, value.replaceAll('%%', '%')]),
    );
    const reading = readOptions(AGENT_PROGRAM, [], read);
    assert.is(reading.kind, 'values');
    if (reading.kind !== 'values') return;
    const { url, stateDir, tokenFile, enrolTokenFile, ...values } = reading.values;
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
      trustedSigners: '/etc/signers',
      flakeDir: 'my nix/#1',
      launcher: 'process',
      guard: 'off',
      guardWitness: [{ host: '192.0.2.1', port: 53 }],
      guardReboot: 'on',
      currentSystem: '/run/current-system',
      tags: ['web', 'eu'],
      logLevel: 'debug',
    });
  });

  titled('the coordinator reads every option as the module was given it', () => {
    const { environment } = nixosCoordinator(
      `${COORDINATOR} listen = "[::]:9000"; configFile = "/etc/coordinator.toml"; logLevel = "warn"; };`,
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

  titled('a file that the configuration holds is named by its place in the store', () => {
    const { environment } = nixosAgent(`${AGENT} tokenFile = "/run/t"; opsFile = ./platforms.nix; };`);
    assert.match(environment.SWITCHYARD_OPS_FILE ?? '', /^\/nix\/store\/\w{32}-platforms\.nix$/);
  });

  titled('both services have the host’s proxy, what else they are given, and the packages too', () => {
    const extra =
      'extraEnvironment = { NODE_EXTRA_CA_CERTS = "/own.crt"; GREETING = "100%"; }; extraPackages = [ pkgs.curl ];';
    const proxy = 'networking.proxy.envVars = { https_proxy = "http://proxy:3128/a%20b"; };';
    for (const { environment, path } of [
      nixosAgent(`${AGENT} tokenFile = "/run/t"; ${extra} }; ${proxy}`),
      nixosCoordinator(`${COORDINATOR} ${extra} }; ${proxy}`),
    ]) {
      assert.is(environment.https_proxy, 'http://proxy:3128/a%%20b');
      assert.is(environment.NODE_EXTRA_CA_CERTS, '/own.crt');
      assert.is(environment.NIX_SSL_CERT_FILE, TRUSTED.NIX_SSL_CERT_FILE);
      assert.is(environment.GREETING, '100%%');
      assert.ok(path.some((one) => one.endsWith('-curl')));
    }
  });

  titled('the coordinator opens the port that it listens on, and no other', () => {
    const portsOf = (config: string, more = '') =>
      onHost(
        KINDS.nixosCoordinator,
        `${COORDINATOR} ${config} }; ${more}`,
        'checked.networking.firewall.allowedTCPPorts',
      );
    assert.equal(portsOf('listen = "[::]:0443"; openFirewall = true;'), [443]);
    assert.equal(portsOf('listen = "[::]:443";'), []);
    const unit = 'systemd.services.switchyard-coordinator.environment.SWITCHYARD_LISTEN';
    assert.equal(portsOf('openFirewall = true;', `${unit} = "0.0.0.0:9000";`), [9000]);
    assert.equal(portsOf('openFirewall = true; listen = "[::]:1";', `${unit} = lib.mkForce "[::]:9000";`), [9000]);
  });

  titled('the coordinator may listen on a port below 1024 where it is to, and has no such right otherwise', () => {
    const rightsOf = (config: string) => {
      const { AmbientCapabilities, CapabilityBoundingSet, PrivateUsers } = nixosCoordinator(config).serviceConfig;
      return { AmbientCapabilities, CapabilityBoundingSet, PrivateUsers };
    };
    const bind = ['CAP_NET_BIND_SERVICE'];
    const privileged = { AmbientCapabilities: bind, CapabilityBoundingSet: bind, PrivateUsers: false };
    const none = { AmbientCapabilities: undefined, CapabilityBoundingSet: '', PrivateUsers: true };
    for (const listen of ['[::]:443', '0.0.0.0:0080', '127.0.0.1:1023'])
      assert.equal(rightsOf(`${COORDINATOR} listen = "${listen}"; };`), privileged, listen);
    for (const listen of ['[::]:8080', '[::]:1024', '[::]:0'])
      assert.equal(rightsOf(`${COORDINATOR} listen = "${listen}"; };`), none, listen);
    assert.equal(rightsOf(`${COORDINATOR} };`), none);
    const unit = 'systemd.services.switchyard-coordinator.environment.SWITCHYARD_LISTEN = "[::]:80";';
    assert.equal(rightsOf(`${COORDINATOR} }; ${unit}`), privileged);
    // As docs/install.md gives it to the unit of other hosts.
    const dropIn = /port\.conf <<'EOT'\n\[Service\]\n(.*?)EOT/s.exec(INSTALL_PAGE)?.[1] ?? '';
    for (const [name, value] of Object.entries(privileged)) assert.match(dropIn, `${name}=${written(value)}\n`);
  });

  titled('the old name of configFile still counts, and is warned of', () => {
    const what = `{ inherit (checked) warnings; inherit (${SERVICE.coordinator}.environment) SWITCHYARD_CONFIG; }`;
    const config = `${COORDINATOR} config = "/etc/coordinator.toml"; };`;
    const said = onHost(KINDS.nixosCoordinator, config, what) as { warnings: string[]; SWITCHYARD_CONFIG: string };
    assert.is(said.SWITCHYARD_CONFIG, '/etc/coordinator.toml');
    assert.match(
      said.warnings.join(),
      /coordinator\.config' .*renamed to `services\.switchyard-coordinator\.configFile'/,
    );
  });

  titled('the coordinator runs as a user that systemd makes, as one of its own, or as a given one', () => {
    const what = `{ service = ${SERVICE.coordinator}.serviceConfig; inherit (checked.users) users groups; }`;
    const ask = (config: string) =>
      onHost(KINDS.nixosCoordinator, `${COORDINATOR} ${config} };`, what) as Record<
        'service' | 'users' | 'groups',
        Record<string, unknown>
      >;
    const own = ask('user = "switchyard-coordinator";');
    assert.equal(
      [own.service.DynamicUser, own.service.User, own.service.Group],
      [false, 'switchyard-coordinator', undefined],
    );
    assert.equal(own.users, { 'switchyard-coordinator': { isSystemUser: true, group: 'switchyard-coordinator' } });
    assert.equal(Object.keys(own.groups), ['switchyard-coordinator']);

    const given = ask('user = "ops"; group = "wheel";');
    assert.equal([given.service.DynamicUser, given.service.User, given.service.Group], [false, 'ops', 'wheel']);
    assert.equal([given.users, given.groups], [{}, {}]);
    const alone = ask('user = "alice";').service;
    assert.equal([alone.User, alone.Group], ['alice', undefined], 'whose own group is not called like her');

    const grouped = ask('group = "wheel";');
    assert.equal(
      [grouped.service.DynamicUser, grouped.service.User, grouped.service.Group],
      [true, undefined, 'wheel'],
    );
  });

  titled('a host that does not enable the agent has nothing of it', () => {
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
}

test.run();
