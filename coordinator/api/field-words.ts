import { ACCESS_WORDS } from './access-words.ts';
import { NOTIFY_WORDS } from './notify-words.ts';
import { ROLLOUT_WORDS } from './rollout-words.ts';

/**
 * The meaning of each field of the API, in one line, for the OpenAPI document. A key is a field's name, or `owner.name` where one name means
 * different things: `owner` is the schema or the field that holds it. Times are milliseconds since the Unix epoch.
 */
export const FIELD_WORDS: Readonly<Record<string, string>> = {
  ...ROLLOUT_WORDS,
  ...NOTIFY_WORDS,

  // Commands
  acceptedAt: 'When the host had it on disk; ms since the Unix epoch',
  after: "The host's report that the end was judged by",
  before: "The host's latest report when the command left for it",
  '?after': 'Items after this one: the `next` of the previous page',
  '?rollout': 'Only dispatches of this rollout, by its id',
  '?before': 'Items before this one: the `next` of the previous page',
  bootId: 'The boot of the host when the command left for it',
  code: 'The reason, as a code of docs/protocol.md; null for a plain success',
  createdAt: 'When it was created; ms since the Unix epoch',
  decideBy: 'When the system decides a timeout in place of a person; ms since the Unix epoch',
  dispatchId: 'The dispatch that created it',
  dispatchedAt: 'When it was last sent to its host; ms since the Unix epoch',
  evidence: 'What its steps left as proof',
  exitCode: 'Exit code; null if it ended otherwise',
  exitInstanceId: 'The process of the agent that first saw the exit',
  endedAt: 'When it ended, by the host; ms since the Unix epoch',
  exitedAt: 'When the host saw it end; ms since the Unix epoch',
  extendedMs: 'The sum of the `wait` answers, in ms',
  finishedAt: 'When its status became terminal; ms since the Unix epoch',
  force: 'Skips the checks whether it is meaningful',
  hint: 'Advice for a person',
  history: 'Each change of status or timeoutStatus, oldest first',
  hostId: 'Id of the host',
  id: 'Its id, a UUID',
  'Event.id': 'Grows by one with each event; a cursor',
  lateResult: 'A result that came after the command had ended without one',
  notAfter: 'Deadline of its accept; ms since the Unix epoch',
  op: 'The op',
  options: 'Options of the op',
  'Op.options': 'JSON schema of the options',
  output: 'How much output there is',
  pid: 'Process id of the wrapper on the host',
  postCheckBy: 'Deadline of a fresh report; ms since the Unix epoch',
  progress: 'How far it is, in its step’s words',
  queuedUntil: 'Deadline of its turn in the queue; ms since the Unix epoch',
  reconnectBy: 'Deadline of the agent’s return; ms since the Unix epoch',
  requestedBy: 'Who asked for it',
  rev: 'Grows by one with each change of status or timeoutStatus',
  signal: 'The signal that ended it; null if none was seen',
  'kill.signal': 'The first signal',
  startedAt: 'When it began, by the host; ms since the Unix epoch',
  status: 'Its state',
  'CommandWithHistory.status': 'Its state; a terminal status never changes',
  targetCommandId: 'The command that a kill or cancel aims at',
  timeoutAt: 'When it has taken too long and a person is asked; ms since the Unix epoch',
  timeoutStatus: 'Whether it takes longer than usual (WARNING), or too long (TIMED_OUT)',
  verdict: 'The judgement on the agent that came back',
  warningAt: 'When it has taken longer than usual; ms since the Unix epoch',
  cause: 'What caused the change',
  from: 'Status before; null for a new command',
  to: 'Status after',
  at: 'When; ms since the Unix epoch',

  // Kill
  kill: 'The kill under way, or the last one',
  'kill.commandId': "The kill's own command",
  'kill.force': 'Even during an activation',
  graceMs: 'Time between SIGTERM and SIGKILL, in ms',
  requestedAt: 'When it was asked for; ms since the Unix epoch',
  stage: "How far it is, in the agent's words",
  escalatedAt: 'When SIGKILL was sent; ms since the Unix epoch; null if SIGTERM was enough so far',
  confirmedAt: 'When nothing was left; ms since the Unix epoch',

  // Progress, output, verdict
  phase: 'The phase of the step',
  current: 'How many are done',
  text: 'One line',
  total: 'How many there are; for output, bytes known to exist on the host',
  bytes: 'Bytes held by the coordinator',
  truncated: 'Its end is missing: it exceeded a limit, or the disk was full',
  freshness: 'The judgement on the agent that came back; in a report, the build of the running agent',
  commit: 'A full commit id; in a verdict, whether it changed',
  path: 'A store path; in a verdict, whether it changed',
  hash: 'Whether the hash of the build changed',
  reason: 'Why, in one sentence',

  // Evidence
  fetchedCommit: 'The commit that was fetched',
  builtPath: 'The store path that was built',
  bootPath: 'What the next boot starts',
  systemPathBefore: 'The active system when it began',
  systemPathAfter: 'The active system when it ended',
  failedUnits: 'Units that failed in the activation',
  errorLine: 'The line of its output that says why it failed',
  failedStep: 'The step whose exit code is the command’s',
  activation: 'The step activates a configuration',
  tests: 'Test scripts, or what their last run says',
  durationMs: 'How long it took, in ms',
  leftovers: 'Processes that outlived the last step and were ended',
  outputCut: "The host's disk was full: output is missing",
  versions: 'Version of the running and of the installed agent',
  unfound: 'Why it is not known whether all its processes are gone',
  repaired: 'The part of the clone that was made anew',
  rollback: 'Where a rollback leads',
  profile: 'Where the profile leads',
  profileBefore: 'Generation that the profile led to when it began',
  wasActive: 'Only the profile had moved: this was active already',

  failedUnitsBefore: 'Units that had failed before the activation, and still fail',
  failure: 'Why a step refused or failed, in its own words',
  guarded: 'A guard watched the activation',
  freedBytes: 'Bytes freed',
  preview: 'What pull-switch to this commit would do',
  same: 'It is the active system',
  packages: 'How the packages of the system change',
  added: 'New packages',
  removed: 'Removed packages',
  changed: 'Packages with another version',
  closureBytes: 'Size of everything that the new system needs, in bytes',
  closureBytesBefore: 'Size of everything that the active system needs, in bytes',
  units: 'What happens to units',
  stop: 'Units that are stopped',
  start: 'Units that are started',
  restart: 'Units that are restarted',
  reload: 'Units that are reloaded',
  inhibitors: 'Reasons why a switch to it would be refused',

  // Guarded activation
  guard: 'The guard of an activation that is not decided yet, or is being kept or undone',
  'guard.state': 'How far it is',
  deadline: 'When it undoes without a decision, by the host; ms since the Unix epoch; null while no deadline counts',
  decision: 'The decision on a guarded activation: what was decided, by whom and when; null where there is none yet',
  word: 'keep or undo',
  guardEnd: 'How the last guard ended',
  end: 'How it ended',
  'guardEnd.cause': 'Who decided: keep, undo, deadline, activation; null if nobody had',

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
  leader: 'Of `standby`: the URL of the coordinator that leads; null if none is known',
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
