import { resolve } from 'node:path';
import {
  type OptionTable,
  type OptionValues,
  type Program,
  parseOneOf,
  parseText,
} from '../../shared/settings/options.ts';
import { LOG_LEVELS } from './log.ts';

export type ListenAddress = { host: string; port: number };

const parsePath = (text: string) => (parseText(text) === undefined ? undefined : resolve(text));

function parseListen(text: string): ListenAddress | undefined {
  const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}

/** `pg` reads the rest. A password in it is never shown. */
export const parseStore = (text: string): string | undefined => /^postgres(?:ql)?:\/\/\S+$/.exec(text.trim())?.[0];

function parseAdvertised(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    return undefined;
  return url.href.replace(/\/+$/, '');
}

/** It must fit into a header, and be hard to guess. */
export const parseToken = (text: string): string | undefined => /^[!-~]{20,}$/.exec(text.trim())?.[0];

export const TOKEN_TAKES = 'one word of at least 20 visible ASCII characters';

/** The coordinator's options (docs/protocol.md section 1). */
export const COORDINATOR_OPTIONS = {
  listen: {
    description: 'Where to listen; port 0 picks a free one',
    takes: 'HOST:PORT',
    parse: parseListen,
    default: { host: '127.0.0.1', port: 8080 },
    defaultText: '127.0.0.1:8080',
  },
  dataDir: {
    description:
      'Folder for the database, the output of commands and the admin token, on a local disk; one coordinator per folder',
    takes: 'the path of a writable folder',
    parse: parsePath,
    default: './data',
  },
  store: {
    description: 'The database, if it is not SQLite in DATA_DIR; any number of coordinators may share one',
    takes: 'a postgres:// URL',
    parse: parseStore,
    default: null,
    secret: true,
  },
  storeFile: {
    description: 'File with the URL of the database, for example a systemd credential; wins over SWITCHYARD_STORE',
    takes: 'the path of a file with a postgres:// URL',
    parse: parsePath,
    default: null,
  },
  advertise: {
    description:
      'Where agents and people reach this coordinator, if several share a store; the others send callers there',
    takes: 'an http:// or https:// URL',
    parse: parseAdvertised,
    default: null,
    defaultText: 'http:// and the address where it listens',
  },
  adminTokenFile: {
    description: 'File with the admin token, for example a systemd credential; wins over SWITCHYARD_ADMIN_TOKEN',
    takes: 'a path',
    parse: parsePath,
    default: null,
  },
  adminToken: {
    description: 'The admin token, if no file holds it; without either, a random one is kept in DATA_DIR/admin-token',
    takes: TOKEN_TAKES,
    parse: parseToken,
    default: null,
    secret: true,
  },
  config: {
    description:
      'TOML file with thresholds, target, limits, retention, dashboard origins, access and receivers of notices',
    takes: 'the path of a TOML file',
    parse: parsePath,
    default: null,
  },
  logLevel: {
    description: 'Level of the log',
    takes: LOG_LEVELS.join(', '),
    parse: parseOneOf(LOG_LEVELS),
    default: 'info',
  },
} as const satisfies OptionTable;

export type CoordinatorOptions = OptionValues<typeof COORDINATOR_OPTIONS>;

export const COORDINATOR_PROGRAM = {
  name: 'switchyard-coordinator',
  summary: 'Dispatches operations to a fleet of hosts and keeps the one record of how each ended.',
  options: COORDINATOR_OPTIONS,
  modes: { check: 'Check the options and the file that CONFIG names, say what is wrong, and exit' },
  commands: {
    'backup FILE': 'Copies the whole record to a file, even while the coordinator runs',
    'restore FILE': 'Copies a backup to an empty DATA_DIR or PostgreSQL',
    'migrate --to URL': 'Copies the record of a stopped coordinator from DATA_DIR to PostgreSQL',
  },
} satisfies Program<typeof COORDINATOR_OPTIONS>;
