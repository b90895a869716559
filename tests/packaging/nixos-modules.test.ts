import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AGENT_PROGRAM } from '../../agent/config/config.ts';
import { readOptions } from '../../shared/settings/options.ts';
import { KINDS } from './hosts.ts';
import { AGENT, assertSameAsUnit, COORDINATOR, nixosTest, SERVICE, TRUSTED, WITH_TOKEN } from './nixos-service.ts';
import { environmentOf, readUnit } from './unit-file.ts';

nixosTest('on NixOS the agent is the unit that other hosts have, and a switch leaves it alone', ({ agent }) => {
  const service = agent(WITH_TOKEN);
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
    // NixOS's systemd has long known this folder's name; other hosts' systemd may not.
    SWITCHYARD_TOKEN_FILE: '%d/token',
    SWITCHYARD_INSTALLED_PATH: '/run/current-system/sw/bin/switchyard-agent',
    SWITCHYARD_URL: 'wss://fleet.example.com',
  });
  const tools = service.path.map((path) => path.replace(/.*-/, ''));
  assert.equal(tools.sort(), ['git', 'nix', 'openssh', 'procps']);
});

nixosTest('the agent that the unit starts is the one behind its INSTALLED_PATH', ({ onHost }) => {
  const what = `[ ${SERVICE.agent}.serviceConfig.ExecStart ] ++ map (p: "\${p}/bin/switchyard-agent") checked.environment.systemPackages`;
  const [started, ...installed] = onHost(KINDS.nixosAgent, WITH_TOKEN, what) as string[];
  assert.is(installed[0], started);
});

nixosTest(
  'secrets come as credentials, encrypted ones too, and the operator’s own one replaces none',
  ({ agent, coordinator }) => {
    const more = 'systemd.services.switchyard-coordinator.serviceConfig.LoadCredential = [ "deploy-key:/run/key" ];';
    const withKey = coordinator(`${COORDINATOR} adminTokenFile = "/run/secrets/100%"; }; ${more}`);
    assert.equal((withKey.serviceConfig.LoadCredential as string[]).sort(), [
      'admin-token:/run/secrets/100%%',
      'deploy-key:/run/key',
    ]);
    assert.is(withKey.environment.SWITCHYARD_ADMIN_TOKEN_FILE, '%d/admin-token');

    const { serviceConfig, environment } = agent(`${AGENT} encryptedTokenFile = ./platforms.nix; };`);
    assert.match(
      (serviceConfig.LoadCredentialEncrypted as string[]).join(),
      /^token:\/nix\/store\/\w{32}-platforms\.nix$/,
    );
    assert.is(environment.SWITCHYARD_TOKEN_FILE, '%d/token');
    assert.not.ok('LoadCredential' in serviceConfig);

    const admin = coordinator(`${COORDINATOR} encryptedAdminTokenFile = "/etc/admin.cred"; };`);
    assert.equal(admin.serviceConfig.LoadCredentialEncrypted, ['admin-token:/etc/admin.cred']);
    assert.is(admin.environment.SWITCHYARD_ADMIN_TOKEN_FILE, '%d/admin-token');
  },
);

nixosTest('the agent’s token may be a credential of the machine', ({ agent }) => {
  const service = agent(`${AGENT} tokenCredential = "switchyard.token"; };`);
  assert.equal(service.serviceConfig.LoadCredential, ['token:switchyard.token']);
  assert.is(service.environment.SWITCHYARD_TOKEN_FILE, '%d/token');
});

nixosTest('settings of restart and sandbox can be overridden without force', ({ agent, coordinator }) => {
  const other = (name: string) =>
    `systemd.services.${name}.serviceConfig = { RestartSec = 5; ProtectHome = "read-only"; SystemCallFilter = [ "@system-service" ]; };`;
  for (const { serviceConfig } of [
    agent(`${WITH_TOKEN} ${other('switchyard-agent')}`),
    coordinator(`${COORDINATOR} }; ${other('switchyard-coordinator')}`),
  ]) {
    assert.is(serviceConfig.RestartSec, 5);
    assert.is(serviceConfig.ProtectHome, 'read-only');
    assert.equal(serviceConfig.SystemCallFilter, ['@system-service']);
  }
});

nixosTest('the agent reads every option as the module was given it', ({ agent }) => {
  const { environment } = agent(`${AGENT} tokenFile = "/run/secrets/token"; repoDir = "/srv/config";
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

nixosTest('a file in the configuration is named by its path in the store', ({ agent }) => {
  const { environment } = agent(`${AGENT} tokenFile = "/run/t"; opsFile = ./platforms.nix; };`);
  assert.match(environment.SWITCHYARD_OPS_FILE ?? '', /^\/nix\/store\/\w{32}-platforms\.nix$/);
});

nixosTest(
  'both services get the host’s proxy, the extra environment, and the extra packages',
  ({ agent, coordinator }) => {
    const extra =
      'extraEnvironment = { NODE_EXTRA_CA_CERTS = "/own.crt"; GREETING = "100%"; }; extraPackages = [ pkgs.curl ];';
    const proxy = 'networking.proxy.envVars = { https_proxy = "http://proxy:3128/a%20b"; };';
    for (const { environment, path } of [
      agent(`${AGENT} tokenFile = "/run/t"; ${extra} }; ${proxy}`),
      coordinator(`${COORDINATOR} ${extra} }; ${proxy}`),
    ]) {
      assert.is(environment.https_proxy, 'http://proxy:3128/a%%20b');
      assert.is(environment.NODE_EXTRA_CA_CERTS, '/own.crt');
      assert.is(environment.NIX_SSL_CERT_FILE, TRUSTED.NIX_SSL_CERT_FILE);
      assert.is(environment.GREETING, '100%%');
      assert.ok(path.some((one) => one.endsWith('-curl')));
    }
  },
);

nixosTest('a host that does not enable the agent gets no part of it', ({ onHost }) => {
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

test.run();
