import { type Static, Type } from 'typebox';
import { GuardDecision } from '../ops/guard.ts';
import { SIGNALS } from '../ops/op-options.ts';
import { Count, ExitCode, Nullable, OneOf, PersonName, Text, Time, Uuid, Word } from '../schema.ts';
import { Evidence, Phase, Report } from './report.ts';

export const ACTIVE_STATUSES = [
  'QUEUED',
  'PENDING',
  'EXECUTING',
  'KILLING',
  'AWAITING_POST_CHECK',
  'AWAITING_RECONNECT',
] as const;

export const TERMINAL_STATUSES = [
  'SUCCESS',
  'PARTIAL',
  'ERROR',
  'BLOCKED',
  'TIMEOUT',
  'KILLED',
  'CANCELLED',
  'STALE_BINARY',
  'SUSPICIOUS',
  'ABORTED_BY_REBOOT',
  'LOST',
  'EXPIRED',
  'ROLLED_BACK',
] as const;

export const STATUSES = [...ACTIVE_STATUSES, ...TERMINAL_STATUSES] as const;
export type ActiveStatus = (typeof ACTIVE_STATUSES)[number];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];
export type Status = (typeof STATUSES)[number];

export const TIMEOUT_STATUSES = ['NORMAL', 'WARNING', 'TIMED_OUT'] as const;
export type TimeoutStatus = (typeof TIMEOUT_STATUSES)[number];

const ACTIVE: ReadonlySet<string> = new Set(ACTIVE_STATUSES);
export const isActive = (status: Status): status is ActiveStatus => ACTIVE.has(status);

/** How far a kill has come, in the agent's words. */
export const KILL_STAGES = ['deferred', 'term', 'kill', 'dead', 'failed'] as const;
export type KillStage = (typeof KILL_STAGES)[number];

export const Kill = Type.Object({
  /** The kill's own command. */
  commandId: Uuid,
  signal: OneOf(SIGNALS),
  graceMs: Count,
  force: Type.Boolean(),
  requestedAt: Time,
  stage: Nullable(OneOf(KILL_STAGES)),
  /** When SIGKILL was sent; null while SIGTERM was enough. */
  escalatedAt: Nullable(Time),
  confirmedAt: Nullable(Time),
});
export type Kill = Static<typeof Kill>;

/** A step's own words on its progress: one line. */
export const ProgressText = Text(500);

/** `SIGKILL`, `SIGRTMIN+3`; no system has a longer one. */
export const SignalName = Type.String({ maxLength: 32 });

export const Progress = Type.Object({
  phase: Phase,
  current: Nullable(Type.Number()),
  total: Nullable(Type.Number()),
  text: Nullable(ProgressText),
});
export type Progress = Static<typeof Progress>;

const FRESHNESS_VERDICTS = ['FRESH', 'UNCHANGED', 'STALE', 'SUSPICIOUS', 'UNKNOWN'] as const;
const LAYER_STATES = ['changed', 'same', 'unknown'] as const;
export type LayerState = (typeof LAYER_STATES)[number];

export const Verdict = Type.Object({
  freshness: OneOf(FRESHNESS_VERDICTS),
  commit: OneOf(LAYER_STATES),
  path: OneOf(LAYER_STATES),
  hash: OneOf(LAYER_STATES),
  reason: Type.String(),
});
export type Verdict = Static<typeof Verdict>;

export const OutputState = Type.Object({
  /** Bytes held by the coordinator. */
  bytes: Count,
  /** Bytes known to exist on the host. */
  total: Count,
  truncated: Type.Boolean(),
});

const LateResult = Type.Object({
  exitCode: Nullable(ExitCode),
  signal: Nullable(SignalName),
  endedAt: Time,
});

/** The one record of an operation on one host (docs/protocol.md section 4), as every consumer sees it. */
export const Command = Type.Object({
  id: Uuid,
  op: Type.String(),
  hostId: Uuid,
  dispatchId: Uuid,
  status: OneOf(STATUSES),
  timeoutStatus: OneOf(TIMEOUT_STATUSES),
  rev: Count,
  options: Type.Record(Type.String(), Type.Unknown()),
  force: Type.Boolean(),
  requestedBy: Type.String(),
  requestedByName: PersonName,
  targetCommandId: Nullable(Uuid),
  createdAt: Time,
  dispatchedAt: Nullable(Time),
  acceptedAt: Nullable(Time),
  startedAt: Nullable(Time),
  exitedAt: Nullable(Time),
  finishedAt: Nullable(Time),
  pid: Nullable(Count),
  exitCode: Nullable(ExitCode),
  signal: Nullable(SignalName),
  queuedUntil: Nullable(Time),
  notAfter: Nullable(Time),
  warningAt: Nullable(Time),
  timeoutAt: Nullable(Time),
  reconnectBy: Nullable(Time),
  postCheckBy: Nullable(Time),
  decideBy: Nullable(Time),
  extendedMs: Count,
  kill: Nullable(Kill),
  progress: Nullable(Progress),
  bootId: Nullable(Word),
  exitInstanceId: Nullable(Word),
  before: Nullable(Report),
  after: Nullable(Report),
  verdict: Nullable(Verdict),
  evidence: Nullable(Evidence),
  /** The decision on a guarded activation; null without one, and until it is made. Absent in records of 0.1. */
  decision: Type.Optional(Nullable(GuardDecision)),
  code: Nullable(Type.String()),
  message: Nullable(Type.String()),
  hint: Nullable(Type.String()),
  /** An op that helps where this one could not; absent without one. */
  alternative: Type.Optional(Type.String()),
  output: OutputState,
  lateResult: Nullable(LateResult),
});
export type Command = Static<typeof Command>;

/** Its time limit in ms, including what people added; null if it has none. */
export const limitOf = ({ status, acceptedAt, dispatchedAt, timeoutAt, notAfter }: LimitTimes): number | null => {
  const [from, to] = status === 'PENDING' ? [dispatchedAt, notAfter] : [acceptedAt, timeoutAt];
  return from === null || to === null ? null : to - from;
};
type LimitTimes = Pick<Command, 'status' | 'acceptedAt' | 'dispatchedAt' | 'timeoutAt' | 'notAfter'>;

/** It exceeded its time limit and waits for a person's answer: until `decideBy`, or without limit. */
export const asksPerson = ({ status, timeoutStatus }: Pick<Command, 'status' | 'timeoutStatus'>): boolean =>
  isActive(status) && timeoutStatus === 'TIMED_OUT';

/** One change of a command's status or timeoutStatus. */
export const HistoryEntry = Type.Object({
  at: Time,
  from: Nullable(OneOf(STATUSES)),
  to: OneOf(STATUSES),
  timeoutStatus: OneOf(TIMEOUT_STATUSES),
  cause: Type.String(),
  code: Nullable(Type.String()),
});
export type HistoryEntry = Static<typeof HistoryEntry>;
