import { ACCESS_WORDS } from './access-words.ts';
import { COMMAND_WORDS } from './command-words.ts';
import { EVIDENCE_WORDS } from './evidence-words.ts';
import { NOTIFY_WORDS } from './notify-words.ts';
import { ROLLOUT_WORDS } from './rollout-words.ts';

/**
 * The meaning of each field of the API, in one line, for the OpenAPI document. A key is a field's name, or `owner.name` where one name means
 * different things: `owner` is the schema or the field that holds it. Times are milliseconds since the Unix epoch.
 */
export const FIELD_WORDS: Readonly<Record<string, string>> = {
  ...ROLLOUT_WORDS,
  ...NOTIFY_WORDS,
  ...COMMAND_WORDS,
  ...EVIDENCE_WORDS,

  // Hosts and reports
  profilePath: 'The store path that the profile leads to',
  bootedPath: 'The store path of the system that was booted',
  rebootNeeded:
    'Whether the active system needs another kernel, initrd or modules than the booted ones; null if unknown',
  'report.failedUnits': 'Units that had failed at the last look',
  names: 'Names of units',
  until: 'Until when; ms since the Unix epoch; null if open-ended',
  name: 'Its name',
  tags: 'Tags that an admin set; only these count for the tags of a dispatch',
  claimedTags: 'Tags that its agent claims; shown, and part of no dispatch',
  platform: 'The kind of host; null before its first hello',
  os: 'Its operating system',
  arch: 'Processor architecture, in Node’s words',
  version: 'Version of the system',
  'answer.version': 'Version of the coordinator',
  agentVersion: 'Version of its agent; null before its first hello',
  online: 'Its agent is connected and welcomed',
  lastSeenAt: 'When it was last heard; ms since the Unix epoch',
  connectedAt: 'Since when it has been online; ms since the Unix epoch',
  report: 'Its state, sampled at one moment',
  metrics: 'Its load, as of the last heartbeat',
  compartments: 'How it compares with the target',
  activeCommandId: 'The command that holds its slot',
  ops: 'The ops that its agent can run',
  agent: 'The running agent against the installed one',
  git: 'The checked-out commit against the target',
  lock: "flake.lock against the target's",
  system: 'The active system against what the checkout would build',
  since: 'Since when; ms since the Unix epoch; null if unknown',
  message: 'In words',
  sampledAt: 'When it was sampled, by the host; ms since the Unix epoch',
  afterCommand: 'The last slot-taking command that had ended by then',
  running: 'The running command; for versions, that of the running agent',
  installed: 'The agent that the service would start now',
  sourceCommit: 'The commit from which the build was made',
  storePath: 'The store path of the build',
  binaryHash: 'SHA-256 of the build',
  expectedCommit: 'The commit of the agent that flake.lock pins',
  repoCommit: 'The checked-out commit',
  generation: 'Number of the profile generation',
  lockHash: 'SHA-256 of flake.lock',
  systemPath: 'The store path of the active system',
  checks: 'Checks of the host, as of their last run',
  checkedAt: 'When it was last checked; ms since the Unix epoch',
  cpuPercent: 'Processor load, 0 to 100',
  memoryPercent: 'Memory in use, 0 to 100',
  swapPercent: 'Swap in use, 0 to 100',
  load1: 'Load average of one minute',
  diskPercent: 'The fullest of its disks, 0 to 100',

  // Dispatch
  hosts: 'Ids or names of hosts',
  'DispatchSummary.hosts': 'How many hosts it was for',
  'DispatchSummary.statuses': 'How many of its commands are in each status',
  queueMs: 'How long a command may wait for an offline or busy host, in ms',
  results: 'The result on each host',
  host: 'Name of the host',
  commandId: 'Id of the command',
  alternative: 'An op that would help; null if there is none',
  summary: 'How many of each',
  accepted: 'How many were sent',
  queued: 'How many wait for their turn',
  blocked: 'How many were not run',
  commands: 'Its commands as they are now',

  // Ops
  description: 'What it does',
  executor: 'Who carries it out',
  completion: 'What completes it: an exit, a restarted agent, or another boot',
  takesSlot: 'It keeps other such ops off the host while it runs',
  retryable: 'Running it twice does no harm',
  timeouts: 'Its thresholds',
  warningMs: 'From the accept to the warning, in ms',
  timeoutMs: 'From the accept until a person is asked, in ms',
  reconnectMs: 'From the exit to the deadline of the agent’s return, in ms',
  postCheckMs: 'From the exit to the deadline of a fresh report, in ms',
  killGraceMs: 'Time between SIGTERM and SIGKILL, in ms',
  notAfterMs: 'How long it may wait for its accept, in ms',
  decisionMs: 'How long a person has to answer before the system decides, in ms',
  onTimeout: 'What an unanswered timeout does',

  // Events, attention, target, lists
  level: 'How much it matters',
  category: 'A person’s action (audit), or any other event',
  actor: 'Who did it',
  address: 'Where the request came from; null without one',
  next: 'What is expected or asked for next',
  'answer.next': 'Cursor of the following page; null on the last one',
  'Dispatch.next': 'The `after` of the following page; null on the last one',
  'OutputMatches.next': 'Offset to search on from; null at the end',
  items: 'The page',
  kind: 'What it waits for',
  lapsesAt: 'When the system decides in place of a person; ms since the Unix epoch',
  branch: 'The branch that is followed',
  source: 'Where it was read, without secrets',
  error: 'Why the last look failed; null if it succeeded',

  // Output
  offset: 'Byte offset',
  line: 'Number of the line, from 0',
  lines: 'How many lines are held',
  marks: 'Sparse: from offset to line and time',
  matches: 'The lines that hold the text',

  // Requests
  action: 'The answer to the timeout',
  minutes: 'How many minutes to wait',
  token: 'A token; shown only once',
  '?active': 'Only commands that have not ended, or only ended ones',
  '?command': 'Only of this command',
  '?dispatch': 'Only of this dispatch',
  '?follow': 'Stream until the end',
  '?id': 'Its id',
  '?level': 'Only of this level',
  '?limit': 'Most bytes to return',
  '?offset': 'From this byte on',
  '?op': 'Only of this op',
  '?q': 'The text to look for',

  ...ACCESS_WORDS,

  // Problems
  title: 'The kind of refusal',
  detail: 'What is wrong with this request',
  errors: 'Where the body does not fit its schema',
  leader: 'With `standby`: the leader’s URL; null if unknown',
  type: 'Always `about:blank`',
};

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Adds a description to each field of `document` that has none, in place. */
export function describeFields(document: Node): void {
  const components = document.components as { schemas?: Node } | undefined;
  for (const [name, schema] of Object.entries(components?.schemas ?? {})) describeIn(schema, name);
  for (const operation of Object.values((document.paths ?? {}) as Node).flatMap((path) =>
    Object.values(path as Node),
  )) {
    const { parameters, requestBody, responses } = operation as { parameters?: Node[] } & Node;
    for (const parameter of parameters ?? []) parameter.description ??= FIELD_WORDS[`?${parameter.name}`];
    describeIn(requestBody, 'body');
    describeIn(responses, 'answer');
  }
}

function describeIn(node: unknown, owner: string): void {
  if (Array.isArray(node)) for (const item of node) describeIn(item, owner);
  if (!isNode(node) || Array.isArray(node)) return;
  const { properties } = node;
  if (isNode(properties))
    for (const [name, field] of Object.entries(properties)) {
      if (!isNode(field)) continue;
      const words = FIELD_WORDS[`${owner}.${name}`] ?? FIELD_WORDS[name];
      if (words !== undefined) field.description ??= words;
      describeIn(field, name);
    }
  for (const [key, value] of Object.entries(node)) if (key !== 'properties') describeIn(value, owner);
}
