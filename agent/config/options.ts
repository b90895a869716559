import { resolve } from 'node:path';
import { Value } from 'typebox/value';
import { parseRelativeFolder } from '../../shared/files/relative-folder.ts';
import { holdsSecret } from '../../shared/network/secret-url.ts';
import { GUARD_MODES } from '../../shared/ops/guard.ts';
import { PLATFORMS } from '../../shared/ops/op-definition.ts';
import { Name } from '../../shared/schema.ts';
import {
  type OptionTable,
  type OptionValues,
  parseIntegerIn,
  parseOneOf,
  parseText,
} from '../../shared/settings/options.ts';
import { LAUNCHERS } from './detect.ts';
import { LOG_LEVELS } from './log.ts';
import { parseWitnesses } from './witness.ts';

const NAME_TAKES = 'letters, digits, ".", "_" and "-", starting with a letter or digit, at most 63';

const parsePath = (text: string) => (parseText(text) === undefined ? undefined : resolve(text));
const parseName = (text: string) => (Value.Check(Name, text) ? text : undefined);

function parseUrls(text: string): [URL, ...URL[]] | undefined {
  const urls = text.split(',').map((one) => URL.parse(one.trim()));
  const isOurs = (url: URL | null): url is URL =>
    url !== null && /^wss?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  return urls.every(isOurs) ? (urls as [URL, ...URL[]]) : undefined;
}

/** Must fit into a header: one word, only visible ASCII. */
export const parseToken = (text: string): string | undefined => /^[!-~]+$/.exec(text.trim())?.[0];

/** Neither git nor nix may take it for an option. */
const parseBranch = (text: string) => (/^[^\s\0-][^\s\0]*$/.test(text) ? text : undefined);

/** A remote stands in argv and in the spool, which others may read: credentials belong into a key or git's credentials. */
const parseRemote = (text: string) => (holdsSecret(text) ? undefined : parseBranch(text));

function parseTags(text: string): string[] | undefined {
  const tags = [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
  return tags.every((tag) => Value.Check(Name, tag)) ? tags : undefined;
}

/** The agent's options (docs/protocol.md section 1). */
export const AGENT_OPTIONS = {
  url: {
    description:
      'Where the coordinator listens; the path is added. With several coordinators, all URLs, separated by commas',
    takes: 'a ws:// or wss:// URL without credentials, query or fragment',
    parse: parseUrls,
  },
  tokenFile: {
    description: "File with this host's token, for example a systemd credential; wins over SWITCHYARD_TOKEN",
    takes: 'a path',
    parse: parsePath,
    default: null,
    defaultText: "the unit's credential `token`, if it has one",
  },
  token: {
    description: "This host's token, if no file holds it",
    takes: 'the token shown when the host was added',
    parse: parseToken,
    default: null,
    secret: true,
  },
  enrolTokenFile: {
    description:
      'File with an enrolment token. A host without its own token gets one with it, and keeps its own in STATE_DIR',
    takes: 'a path',
    parse: parsePath,
    default: null,
  },
  stateDir: {
    description:
      'Folder for everything that must survive a restart: commands, their output, the identity of this state',
    takes: 'a path',
    parse: parsePath,
    default: '/var/lib/switchyard-agent',
  },
  repoDir: {
    description: "The configuration repository's checkout",
    takes: 'a path',
    parse: parsePath,
    default: null,
  },
  repoUrl: {
    description: 'Remote of the repository; with it, REPO_DIR is a clone of its own that pull resets',
    takes: 'a git URL or path, without a password, token or query',
    parse: parseRemote,
    default: null,
  },
  flakeDir: {
    description: 'Folder of the flake in the repository, with its flake.lock and hosts/HOST/tests',
    takes: "a path below the repository's root",
    parse: parseRelativeFolder,
    default: '',
    defaultText: "the repository's root",
  },
  profile: {
    description: 'The profile link that a switch sets',
    takes: 'a path',
    parse: parsePath,
    default: null,
    defaultText: "the platform's own",
  },
  installedPath: {
    description: 'The path by which the service starts the agent, a link into the active system',
    takes: "the path of the agent's bundle, of its wrapper, or of the folder that holds them",
    parse: parsePath,
    default: null,
  },
  branch: {
    description: 'Branch that pull checks out',
    takes: 'the name of a branch',
    parse: parseBranch,
    default: 'main',
  },
  trustedSigners: {
    description:
      "Whose signature a commit must have to be checked out: a file in git's allowed-signers format, or a folder of OpenPGP public keys",
    takes: 'a path outside of the repository',
    parse: parsePath,
    default: null,
    defaultText: 'every commit of the branch is accepted',
  },
  hostname: {
    description: "This host's name in the configuration repository",
    takes: NAME_TAKES,
    parse: parseName,
    default: null,
    defaultText: "this host's",
  },
  platform: {
    description: 'How this host is configured',
    takes: PLATFORMS.join(', '),
    parse: parseOneOf(PLATFORMS),
    default: null,
    defaultText: 'detected',
  },
  heartbeatIntervalMs: {
    description: 'Time from one heartbeat to the next',
    takes: 'milliseconds, 50 to 3600000',
    parse: parseIntegerIn(50, 3_600_000),
    default: 5000,
  },
  opsFile: {
    description: "TOML file with your own ops, added to the platform's or replacing them; docs/agent.md shows one",
    takes: 'a path',
    parse: parsePath,
    default: null,
  },
  agentInput: {
    description: 'The flake input that pins the agent',
    takes: 'the name of a flake input',
    parse: parseName,
    default: 'switchyard',
  },
  launcher: {
    description: 'What starts commands: transient units of systemd, or detached processes',
    takes: LAUNCHERS.join(', '),
    parse: parseOneOf(LAUNCHERS),
    default: null,
    defaultText: 'detected',
  },
  guard: {
    description:
      'Whether an activation goes back by itself when nobody is in contact with the host after it; a command may say otherwise',
    takes: GUARD_MODES.join(', '),
    parse: parseOneOf(GUARD_MODES),
    default: 'on',
  },
  guardWitness: {
    description:
      'Places that show that the network works while only the coordinator is away: then a guard waits. host:port or URL, separated by commas',
    takes: 'host:port or http(s) URLs without credentials, separated by commas',
    parse: parseWitnesses,
    default: [],
    defaultText: 'none',
  },
  guardReboot: {
    description: 'Whether a guard reboots the host as the last resort, where going back brought no contact either',
    takes: GUARD_MODES.join(', '),
    parse: parseOneOf(GUARD_MODES),
    default: 'off',
  },
  tags: {
    description: 'Tags that this host claims: they are shown, but count only once an admin gives it the same',
    takes: 'names separated by commas',
    parse: parseTags,
    default: [],
    defaultText: 'none',
  },
  logLevel: {
    description: 'Level of the log',
    takes: LOG_LEVELS.join(', '),
    parse: parseOneOf(LOG_LEVELS),
    default: 'info',
  },
  currentSystem: {
    description: 'Link to the active system, in place of that of NixOS',
    takes: 'a path',
    parse: parsePath,
    default: '/run/current-system',
    hidden: true,
  },
  bootId: {
    description: "Boot id to report, in place of the kernel's",
    takes: 'a text',
    parse: parseText,
    default: null,
    hidden: true,
  },
} as const satisfies OptionTable;

export type AgentOptions = OptionValues<typeof AGENT_OPTIONS>;
