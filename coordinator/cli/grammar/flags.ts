import { SETUPS } from '../../../shared/looks/agent-setup.ts';
import { wavesIn } from '../../../shared/looks/rollout-look.ts';
import { STATUSES } from '../../../shared/model/command.ts';
import { EVENT_LEVELS } from '../../../shared/model/event.ts';
import { ROLES } from '../../../shared/model/grant.ts';
import { GUARD_MODES, KEEPS } from '../../../shared/ops/guard.ts';
import { SIGNALS } from '../../../shared/ops/op-options.ts';
import { parseIntegerIn, parseOneOf } from '../../../shared/settings/options.ts';
import { parseDuration, parseMoment } from './durations.ts';
import { parseCommit, parseConfirm, parseFailures, parseId, parseList, parseStatuses } from './flag-values.ts';
import { parseName } from './names.ts';

/** A flag of the command line. Without `parse` it takes no value; a list may be given several times. */
export type Flag = {
  description: string;
  short?: string;
  /** Completes "takes …". */
  takes?: string;
  /** How help names the value. */
  value?: string;
  parse?(text: string): unknown;
};

const DURATION = { takes: 'a duration such as 90s, 5m or 2h', value: 'DURATION', parse: parseDuration };
const MOMENT = { takes: 'a date, a time of ISO 8601, or how long ago: 7d', value: 'TIME', parse: parseMoment };
const COUNT = { value: 'N', parse: parseIntegerIn(0, Number.MAX_SAFE_INTEGER), takes: 'a whole number' };

export const FLAGS = {
  on: { description: 'Hosts, by name or id', takes: 'names, separated by commas', value: 'HOST,…', parse: parseList },
  tag: {
    description: 'Hosts that have one of these tags',
    takes: 'tags, separated by commas',
    value: 'TAG,…',
    parse: parseList,
  },
  where: {
    description: 'Hosts that fit it, such as "tag:web and not online"',
    takes: 'an expression such as "tag:web and not online"',
    value: 'WHERE',
    parse: (text: string) => text.trim() || undefined,
  },
  all: { description: 'Every host' },
  watch: { description: 'Stay, and show what changes' },
  detach: { description: 'Leave as soon as it is dispatched' },
  waitTimeout: { description: 'How long to watch; the op itself has its own deadlines', ...DURATION },
  queue: { description: 'Let it wait this long for an offline or busy host', ...DURATION },
  waves: {
    description: 'How many hosts go in each wave',
    takes: 'counts and percents, with commas between, such as 1,10%,50%,rest',
    value: 'N|N%,…',
    parse: (text: string) => wavesIn(text) ?? undefined,
  },
  soak: { description: 'How long the gate of each wave has to hold', ...DURATION },
  maxFailures: {
    description: 'How many hosts may fail, of all or as a percent of each wave',
    takes: 'a number or a percent, such as 2 or 10%',
    value: 'N|N%',
    parse: parseFailures,
  },
  maxParallel: {
    description: 'How many hosts may be under way at once',
    ...COUNT,
    parse: parseIntegerIn(1, 10_000),
    takes: 'a number from 1 to 10000',
  },
  window: {
    description: 'Change hosts only in this window of the configuration',
    takes: 'the name of a window',
    value: 'NAME',
    parse: (text: string) => text.trim() || undefined,
  },
  noPresence: { description: 'Hosts such as laptops need not stay online' },
  ignoreUnit: {
    description: 'Units whose failure does not count; * stands for any characters',
    takes: 'names of units, separated by commas',
    value: 'UNIT,…',
    parse: parseList,
  },
  approve: { description: 'Wait for an approval before it begins' },
  dryRun: { description: 'Say who would go when, and make nothing' },
  skipFailed: { description: 'Leave out the hosts that failed' },
  undo: { description: 'Roll back the hosts that it moved, where what they had is known' },
  lift: { description: 'Let things go to this commit again' },
  for: { description: 'How long; without it, until it is ended', ...DURATION },
  reason: {
    description: 'Why, in a few words',
    takes: 'words',
    value: 'WORDS',
    parse: (text: string) => text || undefined,
  },
  end: { description: 'It is over' },
  commit: {
    description: 'Take exactly this commit of the branch, in place of its newest',
    takes: 'a full commit id: 40 or 64 hex digits',
    value: 'HEX',
    parse: parseCommit,
  },
  allowOlder: { description: 'Take it even if it is older than the checked-out commit' },
  guard: {
    description:
      'Whether the host goes back by itself where nobody keeps what it activated; as the host is set if absent',
    takes: GUARD_MODES.join(' or '),
    value: 'MODE',
    parse: parseOneOf(GUARD_MODES),
  },
  confirm: {
    description: 'How long the host waits for the decision to keep it; 3m if absent',
    takes: 'a duration from 2s to 1h',
    value: 'DURATION',
    parse: parseConfirm,
  },
  keep: {
    description: 'Keep it for being in contact, or only with the proof that it did what it is for; contact if absent',
    takes: KEEPS.join(' or '),
    value: 'WHEN',
    parse: parseOneOf(KEEPS),
  },
  force: { description: 'Skip the checks that ask whether it is meaningful now' },
  yes: { description: 'Do not ask', short: 'y' },
  json: { description: "Print the API's objects; streams, one per line" },
  utc: { description: 'Show times in UTC' },
  signal: {
    description: 'The first signal',
    takes: SIGNALS.join(' or '),
    value: 'SIGNAL',
    parse: parseOneOf(SIGNALS),
  },
  grace: { description: 'Time between SIGTERM and SIGKILL', ...DURATION },
  status: {
    description: 'Only these statuses',
    takes: `statuses, separated by commas: ${STATUSES.map((status) => status.toLowerCase()).join(', ')}`,
    value: 'STATUS,…',
    parse: parseStatuses,
  },
  op: {
    description: 'Only this op',
    takes: 'the id of an op',
    value: 'OP',
    parse: (text: string) => text || undefined,
  },
  role: {
    description: 'What it may do: viewer (read), operator (act on hosts), admin; viewer if absent',
    takes: ROLES.join(', '),
    value: 'ROLE',
    parse: parseOneOf(ROLES),
  },
  ops: {
    description: 'Let it run only these ops',
    takes: 'ids of ops, separated by commas',
    value: 'OP,…',
    parse: parseList,
  },
  names: {
    description: 'Names that its hosts may have; any if absent',
    takes: 'patterns of names, separated by commas: web*,db1',
    value: 'GLOB,…',
    parse: parseList,
  },
  uses: {
    description: 'How many hosts it may enrol; any number if absent',
    ...COUNT,
    parse: parseIntegerIn(1, 1_000_000),
    takes: 'a number from 1 to 1000000',
  },
  platform: {
    description: 'Show what to paste on such a host',
    takes: SETUPS.join(', '),
    value: 'PLATFORM',
    parse: parseOneOf(SETUPS),
  },
  expires: { description: 'How long it is valid; forever if absent', ...DURATION },
  active: { description: 'Only commands that have not ended' },
  dispatch: {
    description: 'Only of this dispatch',
    takes: 'the id of a dispatch',
    value: 'ID',
    parse: parseId,
  },
  rollout: {
    description: 'Only of this rollout',
    takes: 'the id of a rollout',
    value: 'ID',
    parse: parseId,
  },
  limit: {
    description: 'At most this many',
    ...COUNT,
    parse: parseIntegerIn(1, 10_000),
    takes: 'a number from 1 to 10000',
  },
  level: {
    description: 'Only this level',
    takes: EVENT_LEVELS.join(', '),
    value: 'LEVEL',
    parse: parseOneOf(EVENT_LEVELS),
  },
  after: { description: 'Only events after the one with this id', ...COUNT },
  since: { description: 'Only what came after this', ...MOMENT },
  until: { description: 'Only what came before this', ...MOMENT },
  format: {
    description: 'Everything, as a program takes it',
    takes: 'csv, ndjson or json',
    value: 'FORMAT',
    parse: parseOneOf(['csv', 'ndjson', 'json']),
  },
  offset: { description: 'From this byte on', ...COUNT },
  follow: { description: 'Stay until the command ends', short: 'f' },
  noWait: { description: 'Do not wait for output that is still on its way' },
  token: { description: 'Sign in with a token, read from stdin' },
  again: { description: 'Prove who you are to your session, for an action that takes a step-up' },
  name: {
    description: 'Name of the context; by default the name of the server’s host',
    takes: 'a name of letters, digits, dots and dashes',
    value: 'NAME',
    parse: parseName,
  },
  refresh: { description: 'Look now' },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof FLAGS;

export type FlagValues = {
  -readonly [Name in FlagName]?: (typeof FLAGS)[Name] extends { parse(text: string): infer Value }
    ? Exclude<Value, undefined>
    : true;
};

/** `waitTimeout` is `--wait-timeout`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
