import { type Static, type TSchema, Type } from 'typebox';
import { KILL_STAGES, ProgressText, SignalName } from '../model/command.ts';
import { AdvertisedOp, AgentVersion, MAX_OPS, MAX_TAGS, Os } from '../model/host.ts';
import { Evidence, Metrics, Phase, Report, RunningCommand } from '../model/report.ts';
import { PLATFORMS } from '../ops/op-definition.ts';
import { SIGNALS } from '../ops/op-options.ts';
import { Count, Duration, ExitCode, Message, Name, Nullable, OneOf, Text, Time, Uuid, Word } from '../schema.ts';
import { Features } from './features.ts';

/**
 * Every frame between agent and coordinator (docs/protocol.md section 2), one schema each; the static types derive from them.
 * Unknown fields are dropped, so that either side may learn new words first; overlong values are cut too (`codec.ts`).
 */

export const PROTOCOL_VERSION = 1;

/** The longest frame, in bytes; a longer one closes with 1009. */
export const MAX_FRAME_BYTES = 1024 * 1024;

/** Unacknowledged output on the wire, over all commands of a connection. */
export const MAX_UNACKED_OUTPUT_BYTES = 1024 * 1024;

export const PING_AFTER_MS = 10_000;
export const SILENCE_MS = 30_000;

/** Bad frames in one connection before it is closed with 1008. */
export const MAX_BAD_FRAMES = 10;

/** Why a connection was closed (WebSocket close codes). */
export const CLOSE = {
  protocolVersion: 1002,
  badFrames: 1008,
  tooBig: 1009,
  internalError: 1011,
  restarting: 1012,
  tryLater: 1013,
  tokenRevoked: 4401,
  replaced: 4409,
  duplicateAgent: 4423,
} as const;

/** After 4409 or 4423 an agent waits at least this long, so that two agents with one token do not fight. */
export const CONFLICT_WAIT_MS = 30_000;

/** The header by which a standby's refusal of an upgrade says that it knows of a leader. */
export const LEADER_HEADER = 'switchyard-leader';

const HELD_STATES = ['running', 'exited', 'lost'] as const;

/** Commands that one agent may keep: its host runs one at a time, and an acknowledged one is dropped. */
export const MAX_HELD = 1000;

/** A command whose spool the agent still keeps. */
export const ListedCommand = Type.Object({
  id: Uuid,
  op: Text(63),
  state: OneOf(HELD_STATES),
  startedAt: Nullable(Time),
  outputBytes: Count,
});
export type ListedCommand = Static<typeof ListedCommand>;

/** A host knows a command that it no longer holds for this long after its end: until then the id never runs again. */
export const REMEMBERED_MS = 30 * 24 * 3_600_000;

export const REJECTION_CODES = [
  'busy',
  'unknown_op',
  'expired',
  'storage_full',
  'invalid_options',
  'killed_before_start',
  'not_started',
] as const;

const Identity = Type.String({ minLength: 1, maxLength: 128 });

/** How far a coordinator's store has come (docs/protocol.md section 12). It grows by one with each event. */
export const StoreMark = Count;

export const Hello = Type.Object({
  protocol: Type.Integer(),
  hostname: Text(255),
  platform: OneOf(PLATFORMS),
  os: Os,
  agentVersion: AgentVersion,
  stateId: Type.Optional(Word),
  instanceId: Identity,
  bootId: Identity,
  startedAt: Time,
  heartbeatIntervalMs: Duration,
  ops: Type.Array(AdvertisedOp, { maxItems: MAX_OPS }),
  tags: Type.Array(Name, { maxItems: MAX_TAGS }),
  report: Report,
  /** Never cut: an unlisted command counts as gone. More than `MAX_HELD` are refused. */
  commands: Type.Array(ListedCommand),
  features: Type.Optional(Features),
  /** The last mark that a coordinator gave. */
  storeMark: Type.Optional(StoreMark),
});
export type Hello = Static<typeof Hello>;

export const Heartbeat = Type.Object({ seq: Count, report: Report, metrics: Metrics });
export type Heartbeat = Static<typeof Heartbeat>;

export const CommandAccepted = Type.Object({ id: Uuid });
export type CommandAccepted = Static<typeof CommandAccepted>;

export const CommandStarted = Type.Object({ id: Uuid, pid: Count, startedAt: Time });
export type CommandStarted = Static<typeof CommandStarted>;

export const CommandRejected = Type.Object({
  id: Uuid,
  code: OneOf(REJECTION_CODES),
  message: Message,
  running: Type.Optional(Nullable(RunningCommand)),
  /** As in `command.exited`. */
  op: Type.Optional(Text(63)),
});
export type CommandRejected = Static<typeof CommandRejected>;

export const CommandProgress = Type.Object({
  id: Uuid,
  phase: Phase,
  current: Type.Optional(Nullable(Type.Number())),
  total: Type.Optional(Nullable(Type.Number())),
  text: Type.Optional(Nullable(ProgressText)),
});
export type CommandProgress = Static<typeof CommandProgress>;

export const CommandKilling = Type.Object({ id: Uuid, stage: OneOf(KILL_STAGES), survivors: Count, at: Time });
export type CommandKilling = Static<typeof CommandKilling>;

export const CommandExited = Type.Object({
  id: Uuid,
  exitCode: Nullable(ExitCode),
  signal: Nullable(SignalName),
  lost: Type.Boolean(),
  startedAt: Nullable(Time),
  endedAt: Time,
  outputBytes: Count,
  /** The instance that first saw the exit; absent: the sender. */
  exitInstanceId: Type.Optional(Word),
  /** When signals were sent; `killAt` is null where SIGTERM was enough. */
  kill: Type.Optional(Nullable(Type.Object({ termAt: Nullable(Time), killAt: Nullable(Time) }))),
  evidence: Type.Optional(Nullable(Evidence)),
  /** Result and output were acknowledged before, and the host no longer has the output. */
  outputGone: Type.Optional(Type.Boolean()),
  /** Present when the result is sent again after the store was put back: the store may not know the command. */
  op: Type.Optional(Text(63)),
});
export type CommandExited = Static<typeof CommandExited>;

export const ProtocolError = Type.Object({ code: Text(64), detail: Message });
export type ProtocolError = Static<typeof ProtocolError>;

export const Welcome = Type.Object({
  hostId: Uuid,
  serverTime: Time,
  /** Where each listed command's output resumes. */
  output: Type.Array(Type.Object({ id: Uuid, offset: Count })),
  /** Listed commands whose exit is durable at the coordinator. */
  finished: Type.Array(Uuid),
  features: Type.Optional(Features),
  storeMark: Type.Optional(StoreMark),
  /** Present if the store was put back: the newest mark that it gave this host before the loss. */
  knownMark: Type.Optional(StoreMark),
});
export type Welcome = Static<typeof Welcome>;

export const CommandRun = Type.Object({
  id: Uuid,
  op: Name,
  options: Type.Record(Type.String(), Type.Unknown()),
  killGraceMs: Duration,
  /** On the coordinator's clock, as learned from `serverTime`. */
  notAfter: Time,
});
export type CommandRun = Static<typeof CommandRun>;

export const CommandKill = Type.Object({
  id: Uuid,
  signal: OneOf(SIGNALS),
  graceMs: Duration,
  force: Type.Boolean(),
  /** Only prevents the start. A started command goes on, and the agent repeats its state. */
  unstartedOnly: Type.Optional(Type.Boolean()),
});
export type CommandKill = Static<typeof CommandKill>;

/** The decision on a guarded activation; sent only to an agent that named `guard`. */
export const CommandKeep = Type.Object({ id: Uuid });
export type CommandKeep = Static<typeof CommandKeep>;

export const CommandUndo = Type.Object({ id: Uuid });
export type CommandUndo = Static<typeof CommandUndo>;

export const CommandExitedAck = Type.Object({ id: Uuid, storeMark: Type.Optional(StoreMark) });
export type CommandExitedAck = Static<typeof CommandExitedAck>;

export const CommandOutputAck = Type.Object({ id: Uuid, offset: Count });
export type CommandOutputAck = Static<typeof CommandOutputAck>;

const HeartbeatRequest = Type.Object({});

/** Frames from an agent, by type. */
export const AGENT_FRAMES = {
  hello: Hello,
  heartbeat: Heartbeat,
  'command.accepted': CommandAccepted,
  'command.started': CommandStarted,
  'command.rejected': CommandRejected,
  'command.progress': CommandProgress,
  'command.killing': CommandKilling,
  'command.exited': CommandExited,
} as const satisfies Record<string, TSchema>;

/** Frames from the coordinator, by type. */
export const COORDINATOR_FRAMES = {
  error: ProtocolError,
  welcome: Welcome,
  'command.run': CommandRun,
  'command.kill': CommandKill,
  'command.keep': CommandKeep,
  'command.undo': CommandUndo,
  'command.exited.ack': CommandExitedAck,
  'command.output.ack': CommandOutputAck,
  'heartbeat.request': HeartbeatRequest,
} as const satisfies Record<string, TSchema>;

/** The union of `{type, payload}` over a table of frames. */
export type FrameOf<Table extends Record<string, TSchema>> = {
  [Name in keyof Table & string]: { type: Name; payload: Static<Table[Name]> };
}[keyof Table & string];

export type AgentFrame = FrameOf<typeof AGENT_FRAMES>;
export type CoordinatorFrame = FrameOf<typeof COORDINATOR_FRAMES>;

/** A piece of a command's output: the bytes at `offset` of its log. */
export type OutputChunk = { commandId: string; offset: number; bytes: Uint8Array };
