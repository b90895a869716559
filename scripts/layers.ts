/** A part of the source whose files are stacked in layers. */
export type Tower = {
  folder: string;
  /** The towers that it stands on: any of its files may import any of theirs. */
  standsOn: string[];
  /** Packages that it may import beside Node's own modules; every package if absent. */
  packages?: string[];
  /** Runs in a browser, where time and chance need no door. */
  browser?: boolean;
  /**
   * Ground floor first. A name covers NAME.ts, NAME-*.ts and the folder NAME/ (the longest name that fits wins). A file imports
   * files of its own layer and of the layers below it; cycles are refused everywhere.
   */
  layers: string[][];
};

/** DESIGN.md section 1 as data. A new file belongs to one of these names, or gets a name of its own here. */
export const TOWERS: Tower[] = [
  {
    folder: 'shared',
    standsOn: [],
    packages: ['smol-toml', 'typebox', 'uuid'],
    layers: [
      [
        'assert-never',
        'clock',
        'errors',
        'fake-clock',
        'git-asking',
        'ids',
        'make-folder',
        'schema',
        'spans',
        'toml',
        'version',
      ],
      ['lived-time', 'ops', 'options', 'outcomes', 'report', 'target', 'trim'],
      ['attention', 'command', 'dispatch', 'event', 'host'],
      ['feed-frames', 'looks', 'output-arrival', 'protocol'],
      ['codec', 'feed-state', 'host-look', 'timeout-answer'],
    ],
  },
  {
    folder: 'agent',
    standsOn: ['shared'],
    layers: [
      [
        'backoff',
        'command-environment',
        'config',
        'detect',
        'durable-file',
        'freshness',
        'host-identity',
        'journal',
        'liveness',
        'log',
        'look-loop',
        'metrics',
        'ops-file',
        'options',
        'platform',
        'report',
        'server-clock',
        'state-dir',
        'state-lock',
        'step-progress',
        'systeminformation',
        'tombstones',
        'wrapper',
      ],
      ['agent-restarts', 'kill-journal', 'killer', 'orphans', 'output', 'platforms', 'process', 'spool'],
      ['command-record', 'held-command', 'kept-command', 'launcher', 'progress-teller', 'runner', 'systemd-launcher'],
      ['connection', 'heartbeat'],
      ['check', 'daemon'],
      ['main'],
    ],
  },
  {
    folder: 'coordinator/cli',
    standsOn: ['shared'],
    layers: [
      ['completion', 'durations', 'exit-status', 'failure', 'harmless', 'keyboard', 'paint', 'text', 'times', 'typos'],
      ['config', 'describe', 'flags', 'screen', 'table', 'terminal'],
      ['client'],
      ['answered-first', 'context', 'feed', 'verb'],
      ['confirm', 'host-table', 'live', 'targets', 'timeout-prompt', 'watch-row'],
      ['host-command', 'show', 'watch'],
      ['start'],
      ['verbs'],
      ['command-line', 'help'],
      ['main'],
    ],
  },
  {
    folder: 'coordinator/dashboard',
    standsOn: ['shared'],
    browser: true,
    layers: [['css-modules', 'feed', 'words'], ['app'], ['parts'], ['output'], ['pages'], ['shell'], ['main']],
  },
  {
    folder: 'coordinator',
    standsOn: ['shared'],
    layers: [
      [
        'compartments',
        'freshness',
        'lifecycle',
        'log',
        'postchecks',
        'prechecks',
        'sample',
        'sharing',
        'target-state',
        'tokens',
        'whole-characters',
      ],
      ['client-address', 'options', 'origin', 'refused-upgrade', 'thresholds'],
      ['config'],
      ['admin-token', 'feed', 'git', 'output', 'sessions', 'store', 'target'],
      ['auth', 'deadlines', 'guesses', 'ledger', 'retention', 'roster', 'strangers'],
      ['engine'],
      [
        'answers',
        'attention',
        'dispatcher',
        'host',
        'idempotency',
        'intake',
        'kill-order',
        'metrics',
        'op-catalog',
        'output-holding',
        'registry',
      ],
      ['api', 'gateway', 'sync'],
      ['upgrade'],
      ['app'],
      ['main'],
    ],
  },
];

/** The only files that may ask for the time, a timer, chance or the environment. */
export const EDGE_FILES = ['clock.ts', 'fake-clock.ts', 'config.ts', 'main.ts'];
