import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COORDINATOR_PROGRAM } from '../../coordinator/config/options.ts';
import { readOptions } from '../../shared/settings/options.ts';
import { KINDS } from './hosts.ts';
import { INSTALL_PAGE } from './install-page.ts';
import { assertSameAsUnit, COORDINATOR, nixosTest, SERVICE, TRUSTED, written } from './nixos-service.ts';
import { environmentOf, readUnit } from './unit-file.ts';

nixosTest('on NixOS the coordinator is the unit that other hosts have', ({ coordinator }) => {
  const service = coordinator(`${COORDINATOR} };`);
  const unit = readUnit('switchyard-coordinator.service');
  assertSameAsUnit(service, unit);
  assert.equal(service.environment, { ...TRUSTED, ...environmentOf(unit) });
  assert.match(
    service.serviceConfig.ExecStart as string,
    /-switchyard-coordinator-[\d.]+\/bin\/switchyard-coordinator$/,
  );
  assert.not.ok('LoadCredential' in service.serviceConfig);
});

nixosTest('the coordinator reads every option as the module was given it', ({ coordinator }) => {
  const { environment } = coordinator(
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

nixosTest('the coordinator opens the port that it listens on, and no other', ({ onHost }) => {
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

nixosTest('the coordinator may listen on a port below 1024 only if its configuration names one', ({ coordinator }) => {
  const rightsOf = (config: string) => {
    const { AmbientCapabilities, CapabilityBoundingSet, PrivateUsers } = coordinator(config).serviceConfig;
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
  // The same as docs/install.md gives the unit of other hosts.
  const dropIn = /port\.conf <<'EOT'\n\[Service\]\n(.*?)EOT/s.exec(INSTALL_PAGE)?.[1] ?? '';
  for (const [name, value] of Object.entries(privileged)) assert.match(dropIn, `${name}=${written(value)}\n`);
});

nixosTest('the old name of configFile still counts, and is warned of', ({ onHost }) => {
  const what = `{ inherit (checked) warnings; inherit (${SERVICE.coordinator}.environment) SWITCHYARD_CONFIG; }`;
  const config = `${COORDINATOR} config = "/etc/coordinator.toml"; };`;
  const said = onHost(KINDS.nixosCoordinator, config, what) as { warnings: string[]; SWITCHYARD_CONFIG: string };
  assert.is(said.SWITCHYARD_CONFIG, '/etc/coordinator.toml');
  assert.match(
    said.warnings.join(),
    /coordinator\.config' .*renamed to `services\.switchyard-coordinator\.configFile'/,
  );
});

nixosTest('the coordinator runs as a user that systemd makes, as one of its own, or as a given one', ({ onHost }) => {
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
  assert.equal([alone.User, alone.Group], ['alice', undefined], 'her own group has another name');

  const grouped = ask('group = "wheel";');
  assert.equal([grouped.service.DynamicUser, grouped.service.User, grouped.service.Group], [true, undefined, 'wheel']);
});

test.run();
