/** A part of the source whose files are stacked in layers. */
export type Tower = {
  folder: string;
  /** The towers below it: any of its files may import any of theirs. */
  standsOn: string[];
  /** Packages that it may import beside Node's own modules; every package if absent. */
  packages?: string[];
  /** Runs in a browser, where time and chance need no door. */
  browser?: boolean;
  /**
   * Ground floor first. A name covers NAME.ts or the folder NAME/ (the longest matching name wins). A file imports files of its
   * own layer and of the layers below it; cycles are refused everywhere.
   */
  layers: string[][];
};

/** docs/architecture.md as data. A new file belongs under one of these names, or gets its own here. */
export const TOWERS: Tower[] = [
  {
    folder: 'shared',
    standsOn: [],
    packages: ['https-proxy-agent', 'proxy-from-env', 'smol-toml', 'typebox', 'uuid'],
    layers: [
      ['assert-never', 'ids', 'lazy-validator', 'schema', 'version'],
      ['text', 'time'],
      ['files', 'network', 'ops', 'programs', 'settings'],
      ['model'],
      ['api', 'feed', 'looks', 'wire'],
      ['where'],
    ],
  },
  {
    folder: 'agent',
    standsOn: ['shared'],
    layers: [
      ['config'],
      ['state'],
      ['connection', 'spool'],
      ['guard', 'kill', 'launch', 'platforms/dummy', 'platforms/step', 'report'],
      ['platforms/git'],
      ['commands', 'platforms/host-tests', 'platforms/nix', 'platforms/planned-platform', 'platforms/version-check'],
      ['platforms'],
      ['check', 'daemon'],
      ['main'],
    ],
  },
  {
    folder: 'coordinator/cli',
    standsOn: ['shared'],
    layers: [['terminal'], ['grammar'], ['client'], ['show'], ['watch'], ['verbs'], ['command-line'], ['main']],
  },
  {
    folder: 'coordinator/dashboard',
    standsOn: ['shared'],
    browser: true,
    layers: [
      ['css-modules', 'feed', 'words'],
      ['app'],
      ['parts/basics', 'parts/question'],
      ['parts/list', 'parts/step-up'],
      ['parts/access', 'parts/command'],
      ['parts/dispatch', 'parts/fleet', 'parts/rollout', 'parts/settings'],
      ['parts/need'],
      ['parts/host'],
      ['output'],
      ['pages'],
      ['shell'],
      ['main'],
    ],
  },
  {
    folder: 'coordinator',
    standsOn: ['shared'],
    layers: [
      ['config', 'lifecycle/proof', 'schedule'],
      ['lifecycle', 'rollout', 'target'],
      ['store'],
      ['output'],
      ['auth', 'engine', 'retention'],
      ['hosts'],
      ['agents', 'attention', 'dispatch', 'live-feed'],
      ['notify', 'rollout/run'],
      ['metrics'],
      ['api', 'core', 'endpoints', 'people', 'registration', 'upgrade'],
      ['app'],
      // Above everything that uses a store: the layers below know only the port.
      ['store/postgres', 'store/sqlite'],
      ['lead'],
      ['move'],
      ['main'],
    ],
  },
];

/** The only files that may use time, timers, chance or the environment. */
export const EDGE_FILES = ['clock.ts', 'fake-clock.ts', 'config.ts', 'main.ts'];
