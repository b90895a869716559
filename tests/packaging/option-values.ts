import type { ProgramName } from '../../scripts/generate-options.ts';

type Value = string | number | readonly string[];

/** Values of options, by their names: those that program and module accept, and those that both refuse. */
export const OPTION_VALUES: Record<
  ProgramName,
  Record<string, { taken: readonly Value[]; refused: readonly Value[] }>
> = {
  agent: {
    url: {
      taken: [
        'wss://fleet.example.com',
        'ws://127.0.0.1:8080',
        'ws://[fd00::1]:8080/',
        'wss://fleet.example.com:65535/switchyard',
        'ws://coordinator',
        'ws://my_host.lan.:1',
        'ws://10.0.0.1.nip.io',
        'wss://one.example.com, wss://two.example.com:8443/x',
      ],
      refused: [
        'http://fleet.example.com',
        'wss://',
        'wss://one.example.com,,wss://two.example.com',
        'fleet.example.com',
        'wss://fleet.example.com:65536',
        'wss://fleet.example.com:port',
        'wss://token@fleet.example.com',
        'wss://fleet.example.com?token=1',
        'wss://fleet.example.com#token',
        'wss://fleet example.com',
        'wss://256.0.0.1',
        'wss://1.2.3.4.5',
        'wss://[fd00::1',
      ],
    },
    tokenFile: { taken: ['/run/secrets/token', '/nix/storeroom/token', '/nix/store/../token'], refused: ['  '] },
    enrolTokenFile: { taken: ['/etc/switchyard/enrol-token'], refused: ['  '] },
    repoDir: { taken: ['/srv/nix config'], refused: ['  '] },
    repoUrl: {
      taken: [
        'git@github.com:you/nixcfg.git',
        'ssh://git@git.example.com:2222/you/nixcfg',
        'GIT+SSH://you@git.example.com/nixcfg',
        'https://git.example.com/you/nixcfg%20old.git',
        'https://git.example.com/you@work/nixcfg',
        '/srv/git/nixcfg.git',
      ],
      refused: [
        '--upload-pack=sh',
        'two words',
        'https://token@git.example.com/nixcfg',
        'https://you:password@git.example.com/nixcfg',
        'HTTPS://token@git.example.com/nixcfg',
        'https://git.example.com/nixcfg?token=1',
        'https://git.example.com/nixcfg#token',
        'https://git.example.com:99999/nixcfg',
        'https::https://token@git.example.com/nixcfg',
        'ext::ssh://git:password@git.example.com/nixcfg',
        'ssh://git:password@git.example.com/nixcfg',
      ],
    },
    flakeDir: { taken: ['nix', './my nix/#1', '.', '..nix'], refused: ['/nix', '..', 'a/../../b', 'a/../b', '  '] },
    trustedSigners: { taken: ['/etc/switchyard/allowed-signers'], refused: ['  '] },
    profile: { taken: ['/nix/var/nix/profiles/system'], refused: ['  '] },
    installedPath: { taken: ['/run/current-system/sw/bin/switchyard-agent'], refused: ['  '] },
    branch: { taken: ['main', 'release/26.05'], refused: ['--upload-pack=sh', 'the main one'] },
    hostname: {
      taken: ['web1', 'Web-1.eu_west', 'a'.repeat(63)],
      refused: ['-web1', 'web1!', 'web 1', 'a'.repeat(64), 'you@laptop'],
    },
    platform: { taken: ['nixos', 'nix-darwin', 'home-manager', 'custom'], refused: ['windows', 'NixOS'] },
    heartbeatIntervalMs: { taken: [50, 5000, 3_600_000], refused: [49, 3_600_001, -1] },
    opsFile: { taken: ['/etc/switchyard/ops.toml'], refused: ['  '] },
    agentInput: { taken: ['switchyard', 'fleet-agent'], refused: ['the agent', '.hidden'] },
    launcher: { taken: ['systemd', 'process'], refused: ['launchd'] },
    guard: { taken: ['on', 'off'], refused: ['yes'] },
    guardWitness: { taken: [['192.0.2.1:53', 'https://example.org'], []], refused: [['http://me:secret@example.org']] },
    guardReboot: { taken: ['on', 'off'], refused: ['yes'] },
    tags: { taken: [['web'], ['web', 'eu'], []], refused: [['the east'], ['web', '-x']] },
    logLevel: { taken: ['trace', 'silent'], refused: ['loud', 'INFO'] },
  },
  coordinator: {
    listen: {
      taken: ['127.0.0.1:8080', '[::]:8080', 'localhost:0', '0.0.0.0:65535'],
      refused: ['8080', ':8080', '::1:8080', '0.0.0.0:65536', '0.0.0.0:', '[::1]', 'two words:1'],
    },
    storeFile: { taken: ['/run/secrets/store'], refused: ['  '] },
    advertise: {
      taken: ['https://one.fleet.example.com', 'http://10.0.0.1:8080/yard'],
      refused: ['one.fleet.example.com', 'https://me@fleet.example.com', 'https://fleet.example.com?x=1'],
    },
    adminTokenFile: { taken: ['/run/secrets/admin'], refused: ['  '] },
    logLevel: { taken: ['warn'], refused: ['loud'] },
  },
};

/** A path has many names. */
const IN_STORE = [
  '/nix/store/00000000000000000000000000000000-token',
  '/nix//store/00000000000000000000000000000000-token',
  '//nix/./store///00000000000000000000000000000000-token',
  '/run/../nix/store/x/../00000000000000000000000000000000-token',
  '/../nix/store/00000000000000000000000000000000-token',
  '/nix/store',
] as const;

/** Strings that only the modules refuse: what they name would stand in the store, or lie elsewhere than where the service runs. */
export const REFUSED_BY_MODULES_ALONE = {
  agent: { tokenFile: ['token', ...IN_STORE], enrolTokenFile: ['token', ...IN_STORE], repoDir: ['nixcfg'] },
  coordinator: { adminTokenFile: IN_STORE, storeFile: IN_STORE },
} as const satisfies Record<ProgramName, Record<string, readonly Value[]>>;

/** Values of `target` in the coordinator's settings: those that program and module accept, and those with a secret, which both refuse. */
export const TARGET_VALUES = {
  repoUrl: {
    taken: OPTION_VALUES.agent.repoUrl?.taken ?? [],
    refused: OPTION_VALUES.agent.repoUrl?.refused.filter((value) => /[@?#]/.test(`${value}`)) ?? [],
  },
  versionUrl: {
    taken: ['https://fleet.example.com/version.json', 'https://fleet.example.com/version.json?branch=main'],
    refused: [
      'https://you:password@fleet.example.com/version.json',
      'https://token@fleet.example.com/version.json',
      'https://fleet.example.com/version.json#token',
    ],
  },
} as const satisfies Record<string, { taken: readonly Value[]; refused: readonly Value[] }>;

/** Ops by name, as `ops` of the module and OPS_FILE have them. */
export const OPS_VALUES = {
  taken: [
    { greet: { steps: [['echo', 'hello'], ['true']] } },
    { 'x.Y_1': { steps: [['true', '']], cwd: '/srv', completion: 'reboot', activates: true } },
    { switch: { steps: [['nixos-rebuild', 'switch']], completion: 'restart', activates: true } },
  ],
  refused: [
    { greet: { steps: [] } },
    { greet: { steps: [[]] } },
    { greet: { steps: [['', 'hello']] } },
    { greet: { steps: [['echo']], cwd: 'srv' } },
    { greet: { steps: [['echo']], completion: 'soon' } },
    { greet: { steps: [['echo']], activate: true } },
    { greet: {} },
    { 'say hello': { steps: [['echo']] } },
    { kill: { steps: [['echo']] } },
    { cancel: { steps: [['echo']] } },
  ],
} as const;
