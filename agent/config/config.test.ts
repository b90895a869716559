import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Config, readConfig } from './config.ts';
import type { Machine } from './detect.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-config-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
};

const MACHINE: Machine = {
  os: 'linux',
  uid: 1000,
  user: 'ada',
  stateHome: '/home/ada/.local/state',
  hostname: 'web1',
  exists: () => false,
};
const URL = 'ws://127.0.0.1:8080';

const read = (env: Record<string, string>, argv: string[] = [], machine = MACHINE) => readConfig(argv, env, machine);
const config = (env: Record<string, string>, argv: string[] = []): Config => {
  const reading = read({ SWITCHYARD_URL: URL, SWITCHYARD_TOKEN: 'abc', ...env }, argv);
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  return reading.config;
};
const fault = (env: Record<string, string>, argv: string[] = []): string => {
  const reading = read({ SWITCHYARD_URL: URL, SWITCHYARD_TOKEN: 'abc', ...env }, argv);
  return reading.kind === 'fault' ? reading.fault : reading.kind;
};

test('URL and token are enough; the rest has defaults or is detected', () => {
  assert.equal(config({}), {
    coordinators: [
      {
        socketUrl: 'ws://127.0.0.1:8080/ws/agent',
        selfUrl: 'http://127.0.0.1:8080/api/agent/self',
        enrolUrl: 'http://127.0.0.1:8080/api/agent/enrol',
      },
    ],
    token: 'abc',
    enrolTokenFile: null,
    stateDir: '/var/lib/switchyard-agent',
    repoDir: null,
    repoUrl: null,
    profile: null,
    installedPath: null,
    branch: 'main',
    hostname: 'web1',
    platform: 'custom',
    heartbeatIntervalMs: 5000,
    ops: {},
    agentInput: 'switchyard',
    launcher: 'process',
    tags: [],
    guard: 'on',
    guardWitness: [],
    guardReboot: 'off',
    currentSystem: '/run/current-system',
    logLevel: 'info',
    bootId: null,
    flakeDir: '',
    trustedSigners: null,
    warnings: [],
  });
});

test('each of several coordinators has its own addresses and its own warning', () => {
  const { coordinators, warnings } = config({ SWITCHYARD_URL: 'wss://one.example.com, ws://two.example.com:81/x/' });
  assert.equal(
    coordinators.map(({ socketUrl }) => socketUrl),
    ['wss://one.example.com/ws/agent', 'ws://two.example.com:81/x/ws/agent'],
  );
  assert.is(warnings.length, 1);
  assert.match(warnings[0] ?? '', 'ws://two.example.com:81 is not encrypted');
  assert.match(fault({ SWITCHYARD_URL: 'wss://one.example.com,,' }), /^SWITCHYARD_URL .*takes a ws/);
});

test('every option that docs/protocol.md names is a flag', () => {
  const given = config({}, [
    ...[
      '--url',
      'wss://fleet.example.com/',
      '--state-dir',
      '/state',
      '--repo-dir',
      '/repo',
      '--repo-url',
      'git@host:cfg',
    ],
    ...['--profile', '/profile', '--installed-path', '/installed', '--branch', 'prod', '--hostname', 'db1'],
    ...['--platform', 'nixos', '--heartbeat-interval-ms', '250', '--agent-input', 'yard', '--launcher', 'process'],
    ...[
      '--trusted-signers',
      '/etc/signers',
      '--tags',
      'eu, web,eu',
      '--log-level',
      'debug',
      '--ops-file',
      file('ops.toml', '[ops.x]\nsteps = [["true"]]'),
    ],
  ]);
  assert.equal(JSON.parse(JSON.stringify(given)), {
    coordinators: [
      {
        socketUrl: 'wss://fleet.example.com/ws/agent',
        selfUrl: 'https://fleet.example.com/api/agent/self',
        enrolUrl: 'https://fleet.example.com/api/agent/enrol',
      },
    ],
    enrolTokenFile: null,
    token: 'abc',
    stateDir: '/state',
    repoDir: '/repo',
    repoUrl: 'git@host:cfg',
    profile: '/profile',
    installedPath: '/installed',
    branch: 'prod',
    hostname: 'db1',
    platform: 'nixos',
    heartbeatIntervalMs: 250,
    ops: { x: { steps: [['true']] } },
    agentInput: 'yard',
    launcher: 'process',
    tags: ['eu', 'web'],
    guard: 'on',
    guardWitness: [],
    guardReboot: 'off',
    currentSystem: '/run/current-system',
    logLevel: 'debug',
    bootId: null,
    flakeDir: '',
    trustedSigners: '/etc/signers',
    warnings: [],
  });
});

test('a token file is read without its line break and wins over the variable', () => {
  assert.is(config({ SWITCHYARD_TOKEN_FILE: file('token', '  t0ken\n') }).token, 't0ken');
});

const WRONG: [string, Record<string, string>, RegExp][] = [
  ['no URL', { SWITCHYARD_URL: '' }, /^SWITCHYARD_URL \(--url\) is missing: it takes a ws:\/\/ or wss:\/\/ URL/],
  ['an http URL', { SWITCHYARD_URL: 'http://x' }, /^SWITCHYARD_URL \(--url\) takes a ws:\/\/ or wss:\/\/ URL/],
  ['a URL with a password', { SWITCHYARD_URL: 'ws://a:b@x' }, /^SWITCHYARD_URL ((?!a:b).)*$/],
  ['a remote with a password', { SWITCHYARD_REPO_URL: 'https://u:hunter2@x/y' }, /^SWITCHYARD_REPO_URL .*or query$/],
  [
    'a remote with a token in its query',
    { SWITCHYARD_REPO_URL: 'https://x/y?token=hunter2' },
    /^SWITCHYARD_REPO_URL .*or query$/,
  ],
  ['a remote with a token', { SWITCHYARD_REPO_URL: 'https://hunter2@x/y' }, /^SWITCHYARD_REPO_URL .*or query$/],
  [
    'no token',
    { SWITCHYARD_TOKEN: '' },
    /^SWITCHYARD_TOKEN_FILE \(--token-file\), SWITCHYARD_TOKEN or SWITCHYARD_ENROL_TOKEN_FILE \(--enrol-token-file\) is missing/,
  ],
  ['a token that no header can carry', { SWITCHYARD_TOKEN: 'a b' }, /^SWITCHYARD_TOKEN takes the token/],
  [
    'a missing token file',
    { SWITCHYARD_TOKEN_FILE: join(folder, 'none') },
    /^SWITCHYARD_TOKEN_FILE .*none cannot be read \(ENOENT\)$/,
  ],
  ['an empty token file', { SWITCHYARD_TOKEN_FILE: file('empty', '\n') }, /^SWITCHYARD_TOKEN_FILE .*empty holds none$/],
  [
    'an unknown platform',
    { SWITCHYARD_PLATFORM: 'windows' },
    /^SWITCHYARD_PLATFORM .* nixos, nix-darwin, home-manager, custom/,
  ],
  ['an unknown launcher', { SWITCHYARD_LAUNCHER: 'docker' }, /^SWITCHYARD_LAUNCHER/],
  [
    'systemd where it cannot start commands',
    { SWITCHYARD_LAUNCHER: 'systemd' },
    /^SWITCHYARD_LAUNCHER \(--launcher\) takes systemd only where .*: systemd does not run this machine$/,
  ],
  ['an interval of 0', { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '0' }, /^SWITCHYARD_HEARTBEAT_INTERVAL_MS .* milliseconds/],
  ['a branch that git would take for an option', { SWITCHYARD_BRANCH: '--upload-pack=x' }, /^SWITCHYARD_BRANCH/],
  ['a host name that leads elsewhere', { SWITCHYARD_HOSTNAME: '../x' }, /^SWITCHYARD_HOSTNAME/],
  ['a tag with a space', { SWITCHYARD_TAGS: 'a b' }, /^SWITCHYARD_TAGS/],
  ['a missing ops file', { SWITCHYARD_OPS_FILE: '/none' }, /^SWITCHYARD_OPS_FILE .*\/none cannot be read \(ENOENT\)$/],
  [
    'a wrong ops file',
    { SWITCHYARD_OPS_FILE: file('bad.toml', '[ops.x]\nstep = 1') },
    /^SWITCHYARD_OPS_FILE .*bad\.toml: ops\.x/,
  ],
];
for (const [title, env, line] of WRONG)
  test(`refused with one line that names the option: ${title}`, () => {
    assert.match(fault(env), line);
    assert.not.match(fault(env), '\n');
  });

test('systemd starts commands where it can, unless detached processes are asked for', () => {
  const paths = ['/run/systemd/system', '/usr/bin/systemd-run'];
  const machine = { ...MACHINE, uid: 0, exists: (path: string) => paths.includes(path) };
  const env = { SWITCHYARD_URL: URL, SWITCHYARD_TOKEN: 'abc', PATH: '/usr/bin' };
  const launcher = (...argv: string[]) => {
    const reading = read(env, argv, machine);
    return reading.kind === 'config' ? reading.config.launcher : reading.kind;
  };
  assert.is(launcher(), 'systemd');
  assert.is(launcher('--launcher', 'process'), 'process');
});

test('a fault knows whether --check was asked for', () => {
  assert.equal(read({}, ['--check']).kind, 'fault');
  assert.is((read({}, ['--check']) as { check: boolean }).check, true);
});

test('an enrolment token file replaces the host token, and a host token wins over it', () => {
  const enrolTokenFile = join(folder, 'not-there-yet');
  const enrols = config({ SWITCHYARD_TOKEN: '', SWITCHYARD_ENROL_TOKEN_FILE: enrolTokenFile });
  assert.equal([enrols.token, enrols.enrolTokenFile], [null, enrolTokenFile]);
  assert.is(config({ SWITCHYARD_ENROL_TOKEN_FILE: enrolTokenFile }).token, 'abc');
  const open = file('open', 'secret');
  chmodSync(open, 0o644);
  chmodSync(folder, 0o755);
  const { warnings } = config({ SWITCHYARD_TOKEN: '', SWITCHYARD_ENROL_TOKEN_FILE: open });
  assert.match(warnings.join(), /^SWITCHYARD_ENROL_TOKEN_FILE .*other users can read/);
});

test('a credential named token is the token where no option gives one', () => {
  const credential = file('token', 'credential\n');
  const tokenOf = (env: Record<string, string>, exists: boolean) => {
    const given = { SWITCHYARD_URL: URL, CREDENTIALS_DIRECTORY: folder, ...env };
    const reading = read(given, [], { ...MACHINE, exists: (path) => exists && path === credential });
    return reading.kind === 'config' ? reading.config.token : reading.kind;
  };
  assert.is(tokenOf({}, false), 'fault');
  assert.is(tokenOf({}, true), 'credential');
  assert.is(tokenOf({ SWITCHYARD_TOKEN: 'given' }, true), 'given');
});

test.run();
