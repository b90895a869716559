import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtinOp, customOp } from '../../shared/ops/ops.ts';
import { type Config, readConfig } from './config.ts';
import { thresholdsFrom } from './thresholds.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-config-'));
test.after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'config.toml');

function configOf(toml: string): Config {
  writeFileSync(path, toml);
  const reading = readConfig(['--config', path], {});
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  return reading.config;
}

const faultOf = (argv: string[], env: Record<string, string> = {}): string => {
  const reading = readConfig(argv, env);
  return reading.kind === 'fault' ? reading.fault : reading.kind;
};

/** TOML tables come without a prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('with nothing given, everything has its documented default', () => {
  const reading = readConfig([], {});
  assert.equal(reading.kind === 'config' && reading.config, {
    listen: { host: '127.0.0.1', port: 8080 },
    dataDir: './data',
    store: null,
    storeFile: null,
    advertise: null,
    adminTokenFile: null,
    adminToken: null,
    logLevel: 'info',
    ops: {},
    target: null,
    limits: { outputBytes: 67_108_864, hosts: 200_000, queuedPerHost: 100 },
    retention: { commandDays: 30, eventDays: 7, auditDays: 365 },
    dashboard: { origins: [] },
    access: { trustedProxies: [], stepUp: [], stepUpMs: 300_000, twoPeople: false, publicUrl: null },
    windows: {},
    policies: [],
    notify: [],
    oidc: null,
  });
});

test('a flag wins over the environment', () => {
  const reading = readConfig(['--listen', '0.0.0.0:0'], {
    SWITCHYARD_LISTEN: '[::1]:99',
    SWITCHYARD_LOG_LEVEL: 'debug',
  });
  const { listen, logLevel } = reading.kind === 'config' ? reading.config : configOf('');
  assert.equal([listen, logLevel], [{ host: '0.0.0.0', port: 0 }, 'debug']);
});

test('a check reads everything, as a start would', () => {
  const check = (toml: string) => {
    writeFileSync(path, toml);
    return readConfig(['--check', '--config', path], {});
  };
  const good = check('[limits]\nhosts = 3');
  assert.equal(good.kind === 'config' && [good.check, good.config.limits.hosts], [true, 3]);
  assert.is(check('[limits]\nhost = 3').kind, 'fault');
  const start = readConfig([], {});
  assert.is(start.kind === 'config' && start.check, false);
});

test('help and version are asked for by flag', () => {
  assert.equal([faultOf(['--help']), faultOf(['--version'])], ['help', 'version']);
});

const BAD_VALUES: [string, Record<string, string>, RegExp][] = [
  ['an address without a port', { SWITCHYARD_LISTEN: 'localhost' }, /^SWITCHYARD_LISTEN \(--listen\) takes HOST:PORT/],
  ['a port that is none', { SWITCHYARD_LISTEN: 'localhost:70000' }, /^SWITCHYARD_LISTEN/],
  ['a level that is none', { SWITCHYARD_LOG_LEVEL: 'loud' }, /^SWITCHYARD_LOG_LEVEL .*trace, debug, info/],
  [
    'a token that can be guessed',
    { SWITCHYARD_ADMIN_TOKEN: 'nineteen-characters' },
    /^SWITCHYARD_ADMIN_TOKEN takes [^']*characters$/,
  ],
  ['a token of two words', { SWITCHYARD_ADMIN_TOKEN: 'my secret' }, /^SWITCHYARD_ADMIN_TOKEN takes [^']*characters$/],
  [
    'a file that is not there',
    { SWITCHYARD_CONFIG: '/none/x.toml' },
    /^SWITCHYARD_CONFIG \(--config\) .*\/none\/x.toml.*ENOENT/,
  ],
];
for (const [title, env, fault] of BAD_VALUES)
  test(`a wrong value is one line that names its option: ${title}`, () => {
    assert.match(faultOf([], env), fault);
    assert.not.match(faultOf([], env), /secret|\n/);
  });

test('every part of CONFIG is read', () => {
  const { ops, target, limits, retention, dashboard, access } = configOf(`
    [ops.switch]
    warningMs = 1
    timeoutMs = 2
    onTimeout = "kill"
    [ops.deploy-site]
    reconnectMs = 5
    [target]
    repoUrl = "git@github.com:you/nixcfg.git"
    pollMs = 500
    [limits]
    outputBytes = 1024
    [retention]
    commandDays = 2
    [dashboard]
    origins = ["https://fleet.example.com"]
    [access]
    trustedProxies = ["127.0.0.1", "10.0.0.0/8"]
    stepUp = ["reboot"]`);
  assert.equal(plain({ ops, target, limits, retention, dashboard, access }), {
    ops: { switch: { warningMs: 1, timeoutMs: 2, onTimeout: 'kill' }, 'deploy-site': { reconnectMs: 5 } },
    target: { kind: 'repo', url: 'git@github.com:you/nixcfg.git', credentialsFile: null, branch: 'main', pollMs: 500 },
    limits: { outputBytes: 1024, hosts: 200_000, queuedPerHost: 100 },
    retention: { commandDays: 2, eventDays: 7, auditDays: 365 },
    dashboard: { origins: ['https://fleet.example.com'] },
    access: {
      trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
      stepUp: ['reboot'],
      stepUpMs: 300_000,
      twoPeople: false,
      publicUrl: null,
    },
  });
  const windows =
    '[windows.night]\ndays = ["mon"]\nfrom = "22:00"\nto = "04:00"\ntimezone = "Europe/Berlin"\ntags = ["web"]';
  assert.equal(plain(configOf(windows).windows), {
    night: { days: ['mon'], from: '22:00', to: '04:00', timezone: 'Europe/Berlin', tags: ['web'] },
  });
  assert.is(configOf('[target]\nversionUrl = "https://x.example/version.json"').target?.kind, 'version');
});

const OIDC = `[access]
publicUrl = "https://fleet.example.com"
[oidc]
issuer = "https://id.example.com"
clientId = "switchyard"
`;

test('an identity provider has defaults, and sign-ins always ask for openid', () => {
  const config = configOf(`${OIDC}scopes = ["groups"]\n[[oidc.grants]]\ngroup = "staff"\nrole = "viewer"`);
  // Tables read from TOML have no prototype.
  assert.equal(structuredClone(config.oidc), {
    issuer: 'https://id.example.com',
    clientId: 'switchyard',
    clientSecretFile: null,
    scopes: ['openid', 'groups'],
    groupsClaim: 'groups',
    grants: [{ group: 'staff', role: 'viewer' }],
    publicUrl: 'https://fleet.example.com',
  });
  assert.is(configOf('').oidc, null);
});

test("CONFIG's thresholds replace the table's, and only those given", () => {
  const thresholdsOf = thresholdsFrom({ pull: { timeoutMs: 400_000, notAfterMs: 7 }, deploy: { warningMs: 5 } });
  const pull = builtinOp('pull') ?? customOp('pull', 'exit');
  assert.equal(thresholdsOf(pull), { ...pull.thresholds, timeoutMs: 400_000, notAfterMs: 7 });
  assert.is(thresholdsOf(customOp('deploy', 'exit')).warningMs, 5);
  const other = customOp('other', 'exit');
  assert.equal(thresholdsOf(other), other.thresholds);
});

test('a timeout below the default warning takes the warning with it', () => {
  const { warningMs, timeoutMs } = thresholdsFrom(configOf('[ops.pull]\ntimeoutMs = 2000').ops)(
    builtinOp('pull') ?? customOp('pull', 'exit'),
  );
  assert.equal([warningMs, timeoutMs], [2000, 2000]);
});

test.run();
