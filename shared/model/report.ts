import { type Static, Type } from 'typebox';
import { Guard, GuardEnd } from '../ops/guard.ts';
import { Count, ExitCode, Message, Nullable, OneOf, Path, Text, Time, Uuid, Word } from '../schema.ts';

/** How a compartment's check stands, as the agent saw it. */
export const CHECK_STATUSES = ['ok', 'outdated', 'error', 'working', 'unknown'] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

export const Check = Type.Object({
  status: OneOf(CHECK_STATUSES),
  message: Message,
  checkedAt: Time,
});
export type Check = Static<typeof Check>;

/** Identifies the running agent's build; an unknown layer is null. */
export const Freshness = Type.Object({
  sourceCommit: Nullable(Word),
  storePath: Nullable(Path),
  binaryHash: Nullable(Word),
});
export type Freshness = Static<typeof Freshness>;

/** A step's present work, in one word. */
export const Phase = Text(64);

export const RunningCommand = Type.Object({
  id: Uuid,
  op: Text(63),
  pid: Nullable(Count),
  startedAt: Nullable(Time),
  phase: Nullable(Phase),
});
export type RunningCommand = Static<typeof RunningCommand>;

/** Names of units, up to a useful number; a unit's name has at most 255 characters. */
const UnitNames = Type.Array(Text(255), { maxItems: 250 });

/** Failed units at the last look. The agent looks after commands, and while a guard or a gate watches. */
export const FailedUnits = Type.Object({ names: UnitNames, sampledAt: Time });
export type FailedUnits = Static<typeof FailedUnits>;

/** The state of one host, sampled at one moment (docs/protocol.md section 2, Report). */
export const Report = Type.Object({
  sampledAt: Time,
  /** The last slot-taking command that had ended on the host when this was sampled. */
  afterCommand: Nullable(Uuid),
  running: Nullable(RunningCommand),
  freshness: Freshness,
  /** The agent that the service would start now. */
  installed: Nullable(Type.Object({ storePath: Nullable(Path), binaryHash: Nullable(Word) })),
  /** Commit of the flake input that pins the agent. */
  expectedCommit: Nullable(Word),
  repoCommit: Nullable(Word),
  generation: Nullable(Count),
  lockHash: Nullable(Word),
  systemPath: Nullable(Path),
  checks: Type.Object({
    lock: Type.Optional(Check),
    system: Type.Optional(Check),
    tests: Type.Optional(Check),
  }),
  // Absent in reports of a 0.1 agent, and where the platform does not support them.
  /** The guard of an activation that is undecided, or whose decision is being carried out. */
  guard: Type.Optional(Nullable(Guard)),
  /** How the last guard ended. */
  guardEnd: Type.Optional(Nullable(GuardEnd)),
  /** Where the profile leads. */
  profilePath: Type.Optional(Nullable(Path)),
  /** The system of the next boot; null if the loader's files can't be read. */
  bootPath: Type.Optional(Nullable(Path)),
  /** The system of this boot. */
  bootedPath: Type.Optional(Nullable(Path)),
  /** Kernel, initrd or modules of the active system differ from the booted ones. */
  rebootNeeded: Type.Optional(Nullable(Type.Boolean())),
  failedUnits: Type.Optional(Nullable(FailedUnits)),
  /** The host asks to be left alone for now. */
  maintenance: Type.Optional(Nullable(Type.Object({ until: Nullable(Time), reason: Message }))),
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
  name: Text(255),
  exitCode: Nullable(ExitCode),
  durationMs: Type.Number({ minimum: 0 }),
});
export type TestResult = Static<typeof TestResult>;

/** Tests of one command; if the list was shortened, failed ones come first. */
export const MAX_TESTS = 500;

/** A kill without `force` waits while a step of this phase runs: half an activation is worse than a late kill. */
export const ACTIVATION_PHASE = 'activate';

/** The step whose exit code is the command's. `activation`: the code comes from a program that activates a configuration. */
export const FailedStep = Type.Object({ phase: Phase, activation: Type.Boolean() });
export type FailedStep = Static<typeof FailedStep>;

/** Where a profile leads. */
export const ProfileState = Type.Object({ generation: Nullable(Count), path: Nullable(Path) });
export type ProfileState = Static<typeof ProfileState>;

/** The goal of a rollback, counted from the active system when it began. */
export const RollbackGoal = Type.Object({
  generation: Count,
  path: Path,
  /** Only the profile had moved: the goal was active already. */
  wasActive: Type.Boolean(),
  /** Where the profile led when it began. */
  profileBefore: Nullable(Count),
});
export type RollbackGoal = Static<typeof RollbackGoal>;

/** Why a step refused or failed, where it knows more than its exit code says: codes of a command's end. */
export const FAILURE_CODES = [
  'switch_inhibited',
  'guard_not_armed',
  'activation_failed',
  'disk_low',
  'untrusted_commit',
  'older_commit',
  'commit_not_on_branch',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export const Failure = Type.Object({ code: OneOf(FAILURE_CODES), message: Message });
export type Failure = Static<typeof Failure>;

const PackageName = Text(255);
const PackageVersion = Nullable(Text(255));

/** The most packages that a preview lists per kind of change. */
const MAX_PACKAGES = 1_000;

/** A `preview`'s result: the effects of a `pull-switch` to this commit on this host. Lists are cut and may really be longer. */
export const Preview = Type.Object({
  commit: Word,
  builtPath: Path,
  /** It is the active system. */
  same: Type.Boolean(),
  packages: Type.Object({
    added: Type.Array(PackageName, { maxItems: MAX_PACKAGES }),
    removed: Type.Array(PackageName, { maxItems: MAX_PACKAGES }),
    changed: Type.Array(Type.Object({ name: PackageName, from: PackageVersion, to: PackageVersion }), {
      maxItems: MAX_PACKAGES,
    }),
  }),
  closureBytes: Nullable(Count),
  closureBytesBefore: Nullable(Count),
  units: Type.Object({ stop: UnitNames, start: UnitNames, restart: UnitNames, reload: UnitNames }),
  rebootNeeded: Nullable(Type.Boolean()),
  /** Reasons why a switch to it would be refused. */
  inhibitors: Type.Array(Message, { maxItems: 100 }),
});
export type Preview = Static<typeof Preview>;

export const UNFOUND = ['output_held', 'not_visible'] as const;

/** Proof of an op's work (docs/protocol.md section 2, Evidence). */
export const Evidence = Type.Object({
  fetchedCommit: Type.Optional(Word),
  lockHash: Type.Optional(Word),
  builtPath: Type.Optional(Path),
  systemPathBefore: Type.Optional(Path),
  systemPathAfter: Type.Optional(Path),
  /** Absent after exit 0, and from agents that do not report it. */
  failedStep: Type.Optional(FailedStep),
  /** The line of its output that says why it failed, and its offset; absent after exit 0, and from agents that do not report it. */
  errorLine: Type.Optional(Type.Object({ text: Text(300), offset: Count })),
  /** The active system after the activation ended. */
  profile: Type.Optional(ProfileState),
  rollback: Type.Optional(RollbackGoal),
  /** The system of the next boot, if known. */
  bootPath: Type.Optional(Path),
  /** Units that failed in the activation; without `failedUnitsBefore`, all units that had failed after it. */
  failedUnits: Type.Optional(UnitNames),
  /** Failed units that had already failed before the activation. */
  failedUnitsBefore: Type.Optional(UnitNames),
  failure: Type.Optional(Failure),
  /** The activation was guarded: it ends kept or undone. */
  guarded: Type.Optional(Type.Literal(true)),
  preview: Type.Optional(Preview),
  /** Bytes freed by a `gc`. */
  freedBytes: Type.Optional(Count),
  tests: Type.Optional(Type.Array(TestResult, { maxItems: MAX_TESTS })),
  /** Damage on the host that was repaired on the way. */
  repaired: Type.Optional(Message),
  /** Processes that outlived the last step and were ended. */
  leftovers: Type.Optional(Count),
  /**
   * `output_held`: a process that was not found, or is not known to be the command's, still holds its output open. `not_visible`:
   * the host hides processes that left their session and their parents.
   */
  unfound: Type.Optional(OneOf(UNFOUND)),
  /** The host's disk was full: the command wrote more than the host could keep. */
  outputCut: Type.Optional(Type.Literal(true)),
  versions: Type.Optional(Type.Object({ running: Nullable(Word), installed: Nullable(Word) })),
});
export type Evidence = Static<typeof Evidence>;
