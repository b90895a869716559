import { type Static, Type } from 'typebox';
import { Count, Nullable, OneOf, Time, Uuid } from './schema.ts';

/** How a compartment's check stands, as the agent saw it. */
export const CHECK_STATUSES = ['ok', 'outdated', 'error', 'working', 'unknown'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export const Check = Type.Object({
  status: OneOf(CHECK_STATUSES),
  message: Type.String(),
  checkedAt: Time,
});
export type Check = Static<typeof Check>;

/** What identifies the running agent's build; a layer that is not known is null. */
export const Freshness = Type.Object({
  sourceCommit: Nullable(Type.String()),
  storePath: Nullable(Type.String()),
  binaryHash: Nullable(Type.String()),
});
export type Freshness = Static<typeof Freshness>;

export const RunningCommand = Type.Object({
  id: Uuid,
  op: Type.String(),
  pid: Nullable(Count),
  startedAt: Nullable(Time),
  phase: Nullable(Type.String()),
});
export type RunningCommand = Static<typeof RunningCommand>;

/** The state of one host, sampled at one moment (PROTOCOL.md section 2, Report). */
export const Report = Type.Object({
  sampledAt: Time,
  /** Last slot-taking command that had ended on the host when this was sampled. */
  afterCommand: Nullable(Uuid),
  running: Nullable(RunningCommand),
  freshness: Freshness,
  /** The agent that the service would start now. */
  installed: Nullable(Type.Object({ storePath: Nullable(Type.String()), binaryHash: Nullable(Type.String()) })),
  /** Commit of the flake input that pins the agent. */
  expectedCommit: Nullable(Type.String()),
  repoCommit: Nullable(Type.String()),
  generation: Nullable(Count),
  lockHash: Nullable(Type.String()),
  systemPath: Nullable(Type.String()),
  checks: Type.Object({
    lock: Type.Optional(Check),
    system: Type.Optional(Check),
    tests: Type.Optional(Check),
  }),
});
export type Report = Static<typeof Report>;

const Percent = Nullable(Type.Number({ minimum: 0 }));

export const Metrics = Type.Object({
  cpuPercent: Percent,
  memoryPercent: Percent,
  swapPercent: Percent,
  load1: Percent,
  diskPercent: Percent,
});
export type Metrics = Static<typeof Metrics>;

export const TestResult = Type.Object({
  name: Type.String(),
  exitCode: Nullable(Type.Integer()),
  durationMs: Type.Number({ minimum: 0 }),
});
export type TestResult = Static<typeof TestResult>;

/** What an op left behind as proof of what it did (PROTOCOL.md section 2, Evidence). */
export const Evidence = Type.Object({
  fetchedCommit: Type.Optional(Type.String()),
  lockHash: Type.Optional(Type.String()),
  builtPath: Type.Optional(Type.String()),
  systemPathBefore: Type.Optional(Type.String()),
  systemPathAfter: Type.Optional(Type.String()),
  failedUnits: Type.Optional(Type.Array(Type.String())),
  tests: Type.Optional(Type.Array(TestResult)),
  /** Processes that outlived the last step and were ended. */
  leftovers: Type.Optional(Count),
  /** The host's disk was full: the command wrote more than the host could keep. */
  outputCut: Type.Optional(Type.Literal(true)),
  versions: Type.Optional(Type.Object({ running: Nullable(Type.String()), installed: Nullable(Type.String()) })),
});
export type Evidence = Static<typeof Evidence>;
