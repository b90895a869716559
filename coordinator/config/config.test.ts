import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtinOp, customOp } from '../../shared/ops.ts';
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

function fileFaultOf(toml: string): string {
  writeFileSync(path, toml);
  return faultOf([], { SWITCHYARD_CONFIG: path }).replace(path, 'config.toml');
}

/** TOML tables come without a prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('with nothing given, everything has its documented default', () => {
  const reading = readConfig([], {});
  assert.equal(reading.kind === 'config' && reading.config, {
    listen: { host: '127.0.0.1', port: 8080 },
    dataDir: './data',
    ...{ store: null, storeFile: null, advertise: null, adminTokenFile: null, adminToken: null },
    logLevel: 'info',
    ops: {},
    target: null,
    limits: { outputBytes: 67_108_864, hosts: 20_000, queuedPerHost: 100 },
    retention: { commandDays: 30, eventDays: 7, auditDays: 365 },
    dashboard: { origins: [] },
    access: { trustedProxies: [], stepUp: [], stepUpMs: 300_000, publicUrl: null },
    windows: {},
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

test('CONFIG is read whole', () => {
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
    limits: { outputBytes: 1024, hosts: 20_000, queuedPerHost: 100 },
    retention: { commandDays: 2, eventDays: 7, auditDays: 365 },
    dashboard: { origins: ['https://fleet.example.com'] },
    access: { trustedProxies: ['127.0.0.1', '10.0.0.0/8'], stepUp: ['reboot'], stepUpMs: 300_000, publicUrl: null },
  });
  const windows =
    '[windows.night]\ndays = ["mon"]\nfrom = "22:00"\nto = "04:00"\ntimezone = "Europe/Berlin"\ntags = ["web"]';
  assert.equal(plain(configOf(windows).windows), {
    night: { days: ['mon'], from: '22:00', to: '04:00', timezone: 'Europe/Berlin', tags: ['web'] },
  });
  assert.is(configOf('[target]\nversionUrl = "https://x.example/version.json"').target?.kind, 'version');
});

const window = (from: string, to: string, timezone = 'UTC'): string =>
  `[windows.night]\ndays = ["mon"]\nfrom = "${from}"\nto = "${to}"\ntimezone = "${timezone}"`;

const OIDC = `[access]
publicUrl = "https://fleet.example.com"
[oidc]
issuer = "https://id.example.com"
clientId = "switchyard"
`;

test('an identity provider has defaults, and its sign-ins always ask for openid', () => {
  const config = configOf(`${OIDC}scopes = ["groups"]\n[[oidc.grants]]\ngroup = "staff"\nrole = "viewer"`);
  // What the reader makes of a table has no prototype.
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

const BAD_FILES: [string, string, string | RegExp][] = [
  ['a window that never opens', window('22:00', '22:00'), /^config.toml:4: windows."night".to: must not be `from`/],
  ['an hour that no day has', window('25:00', '22:00'), /^config.toml:3: windows.night.from: /],
  ['a day that is none', window('21:00', '22:00').replace('mon', 'monday'), /^config.toml:2: windows.night.days/],
  [
    'a time zone that is none',
    window('21:00', '22:00', 'Berlin'),
    /^config.toml:5: windows."night".timezone: "Berlin" is/,
  ],
  [
    'an offset, which follows no change of clocks',
    window('21:00', '22:00', '+01:00'),
    /^config.toml:5: windows."night"/,
  ],
  ['an unknown table', '\n[op.switch]\ntimeoutMs = 1', 'config.toml:2: op: there is no such key; did you mean ops?'],
  [
    'an unknown key',
    '[ops.switch]\n# why\ntimeoutMs = 1\ntimeoutMz = 1',
    'config.toml:4: ops.switch.timeoutMz: there is no such key; did you mean timeoutMs?',
  ],
  [
    'a key with another letter case',
    '[target]\nrepourl = "https://git.example.com/nixcfg"',
    'config.toml:2: target.repourl: there is no such key; did you mean repoUrl?',
  ],
  ['a wrong type', '[ops.switch]\ntimeoutMs = "1"', 'config.toml:2: ops.switch.timeoutMs: must be integer'],
  [
    'a wrong word',
    '[ops.switch]\n\nonTimeout = "die"',
    'config.toml:3: ops.switch.onTimeout: must be one of ask, kill',
  ],
  ['a negative time', '[ops.pull]\nwarningMs = -1', /^config.toml:2: ops.pull.warningMs: must be >= 1$/],
  ['no TOML', '[ops.switch]\ntimeoutMs =', /^config.toml:2: line 2, column \d+: .+$/],
  [
    'a name that no op can have',
    '[ops."a b"]\ntimeoutMs = 1',
    'config.toml:1: ops."a b": this is not a name for an op',
  ],
  [
    'a warning after the timeout',
    '[ops.pull]\ntimeoutMs = 10\nwarningMs = 11',
    'config.toml:3: ops.pull.warningMs: must not be above timeoutMs (10)',
  ],
  [
    'a warning after the default timeout',
    '[ops.pull]\nwarningMs = 300001',
    'config.toml:2: ops.pull.warningMs: must not be above timeoutMs (300000 by default)',
  ],
  [
    'the same for an op of OPS_FILE',
    '[ops.deploy]\nwarningMs = 1800001',
    /^config.toml:2: ops.deploy.warningMs: .*1800000 by default/,
  ],
  [
    'a flake outside of the target',
    '[target]\nrepoUrl = "a"\nflakeDir = "../b"',
    "config.toml:3: target.flakeDir: takes a path below the repository's own folder",
  ],
  [
    'a flake in no repository',
    '[target]\nversionUrl = "http://b"\nflakeDir = "a"',
    'config.toml:3: target.flakeDir: belongs to repoUrl',
  ],
  [
    'two targets',
    '[target]\nrepoUrl = "a"\nversionUrl = "http://b"',
    'config.toml:1: target: takes either repoUrl or versionUrl',
  ],
  [
    'a proxy that is no address',
    '[access]\ntrustedProxies = ["127.0.0.1", "proxy.example.com"]',
    'config.toml:2: access.trustedProxies: takes addresses and ranges such as "10.0.0.0/8", not "proxy.example.com"',
  ],
  [
    'a remote with a password',
    '[target]\nrepoUrl = "https://user:secretpw@example.org/x.git"',
    /^config.toml:2: target.repoUrl: must hold no password, token or query, .*into credentialsFile$/,
  ],
  [
    'a remote with a token in its query',
    '[target]\nrepoUrl = "https://example.org/x.git?private_token=secretpw"',
    /^config.toml:2: target.repoUrl: must hold no password, token or query/,
  ],
  [
    'a version file with a password',
    '[target]\nversionUrl = "https://user:secretpw@example.org/version.json"',
    /^config.toml:2: target.versionUrl: must hold no user, password or fragment; put credentials into headersFile$/,
  ],
  [
    'headers for a remote',
    '[target]\nrepoUrl = "https://example.org/x.git"\nheadersFile = "/run/x"',
    'config.toml:3: target.headersFile: belongs to versionUrl',
  ],
  [
    'credentials for a version file',
    '[target]\nversionUrl = "https://example.org/x"\ncredentialsFile = "/run/x"',
    'config.toml:3: target.credentialsFile: belongs to repoUrl',
  ],
  [
    'a target that is none',
    '[limits]\n[target]\nbranch = "main"',
    'config.toml:2: target: takes either repoUrl or versionUrl',
  ],
  [
    'an issuer in the clear',
    OIDC.replace('https://id', 'http://id'),
    /oidc.issuer: must be https:\/\/: anyone on the way/,
  ],
  [
    'an issuer with a query',
    OIDC.replace('id.example.com"', 'id.example.com?x=1"'),
    /oidc.issuer: takes a URL without user/,
  ],
  ['people without a public address', OIDC.replace(/publicUrl.*/, ''), /oidc: access.publicUrl is missing/],
  [
    'people in the clear',
    OIDC.replace('https://fleet', 'http://fleet'),
    /access.publicUrl: must be https:\/\/ where people/,
  ],
  [
    'a secret in the open',
    `${OIDC}clientSecret = "x"`,
    /oidc.clientSecret: there is no such key; did you mean clientSecretFile/,
  ],
  [
    'an admin with limits',
    `${OIDC}[[oidc.grants]]\ngroup = "a"\nrole = "admin"\nops = ["pull"]`,
    /oidc.grants\[0\]: a grant with the role admin takes/,
  ],
  ['a grant to nobody', `${OIDC}[[oidc.grants]]\ngroup = ""\nrole = "viewer"`, /oidc.grants\[0\].group/],
  [
    'an origin with a path',
    '[dashboard]\norigins = [\n  "https://a.example",\n  "https://b.example/x",\n]',
    /^config.toml:5: dashboard.origins\[1\]: must match pattern/,
  ],
];
for (const [title, toml, fault] of BAD_FILES)
  test(`a wrong CONFIG is refused with its place: ${title}`, () => {
    const [label, said = ''] = fileFaultOf(toml).split(/: (.*)/s);
    assert.is(label, 'SWITCHYARD_CONFIG (--config)');
    if (typeof fault === 'string') assert.is(said, fault);
    else assert.match(said, fault);
    assert.not.match(said, /\n/);
  });

test("CONFIG's thresholds take the place of the table's, and only those", () => {
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
