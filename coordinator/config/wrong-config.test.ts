import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-wrong-config-'));
test.after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'config.toml');

function fileFaultOf(toml: string): string {
  writeFileSync(path, toml);
  const reading = readConfig([], { SWITCHYARD_CONFIG: path });
  return (reading.kind === 'fault' ? reading.fault : reading.kind).replace(path, 'config.toml');
}

const window = (from: string, to: string, timezone = 'UTC'): string =>
  `[windows.night]\ndays = ["mon"]\nfrom = "${from}"\nto = "${to}"\ntimezone = "${timezone}"`;

const policy = (known: string, plan = 'hosts = ["web1"]'): string =>
  `[policies.night]\n${known}\nrollout = { steps = [{ op = "pull" }], ${plan} }`;

const OIDC = `[access]
publicUrl = "https://fleet.example.com"
[oidc]
issuer = "https://id.example.com"
clientId = "switchyard"
`;

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
  ['a policy that nothing starts', policy(''), /^config.toml:1: policies."night": takes either on or cron/],
  [
    'times without their zone',
    policy('cron = "0 22 * * *"'),
    /^config.toml:2: policies."night".cron: needs a timezone/,
  ],
  [
    'times that never come',
    policy('cron = "0 0 30 2 *"\ntimezone = "UTC"'),
    /^config.toml:2: policies."night".cron: is no cron pattern of five fields: never comes/,
  ],
  [
    'a plan that means nobody',
    policy('on = "target"', 'maxFailures = 1'),
    /^config.toml:3: policies."night".rollout: hosts, tags or/,
  ],
  [
    'a plan in a window that there is not',
    policy('on = "target"', 'where = "online", window = "day"'),
    /^config.toml:3: policies."night".rollout.window: there is no \[windows.day\]/,
  ],
  [
    'a plan with an unknown key',
    policy('on = "target"', 'wave = []'),
    /^config.toml:3: policies.night.rollout.wave: there is no such key/,
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
    'a policy for hosts that no expression names',
    policy('on = "target"', 'where = "tag:web and"'),
    /^config.toml:3: policies."night".rollout.where: .* \(position 11\)$/,
  ],
  [
    'a wave likewise',
    policy('on = "target"', 'hosts = ["web1"], waves = [{ count = 1 }, { where = "tagged:web" }]'),
    /^config.toml:3: policies."night".rollout.waves.1.where: .* \(position 0\)$/,
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

test.run();
