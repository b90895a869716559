import type { Evidence, Report } from '../../shared/model/report.ts';
import type { Completion, PlatformName } from '../../shared/ops/op-definition.ts';
import type { Feature } from '../../shared/wire/features.ts';

/**
 * One program of an op. `argv` is passed as it is, never through a shell; `argv[0]` is looked up in PATH. `env` is added to the
 * command's environment. Everything that the program prints, on stdout or stderr, is the command's output.
 */
export type Step = {
  phase: string;
  argv: readonly [string, ...string[]];
  /** Absolute; defaults to the command's folder in the spool. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** It activates a configuration although its phase has another name: its exit code is read as that of an activation. */
  activates?: true;
};

/** Steps run in order until one fails; without steps the op succeeds at once (an op that only restarts the agent). */
export type Plan = {
  steps: readonly Step[];
  completion: Completion;
};

/** The op can't be planned on this host; goes back as `command.rejected`. */
export type Refusal = {
  code: 'unknown_op' | 'invalid_options';
  message: string;
};

export type CommandContext = {
  commandId: string;
  /** The command's own folder, for out-links and scratch files; removed when the command is acknowledged. */
  spoolDir: string;
  /**
   * Small files that steps leave as proof. Exported to every step as SWITCHYARD_EVIDENCE_DIR, exists before the first step, and
   * is read by `evidence()` after the last one.
   */
  evidenceDir: string;
};

/** The report's part about the host beside the agent itself (docs/protocol.md section 2, Report). */
export type HostFacts = Pick<
  Report,
  | 'repoCommit'
  | 'generation'
  | 'lockHash'
  | 'systemPath'
  | 'profilePath'
  | 'bootPath'
  | 'bootedPath'
  | 'rebootNeeded'
  | 'expectedCommit'
  | 'checks'
>;

/** Turns ops into steps and reads what they left; one implementation per kind of host. */
export type Platform = {
  readonly name: PlatformName;
  /** Its abilities beyond the protocol's first version, for hello. */
  readonly features: readonly Feature[];
  /** The ops that this host can run, OPS_FILE's included, for hello. */
  ops(): readonly { id: string; completion: Completion }[];
  /** Must not change anything on the host: the command is not durable yet. The steps report missing tools (exit 127). */
  plan(op: string, options: Readonly<Record<string, unknown>>, context: CommandContext): Promise<Plan | Refusal>;
  /** The ended command's proof, from its folder alone: the agent may have been restarted since. Never throws. */
  evidence(op: string, context: CommandContext): Promise<Evidence>;
  /** A fresh sample. Spawns no process and never waits for a running command: it is part of every heartbeat. */
  facts(): Promise<HostFacts>;
};
