import type { Feature } from '../../shared/features.ts';
import type { Completion, PlatformName } from '../../shared/ops.ts';
import type { Evidence, Report } from '../../shared/report.ts';

/**
 * One program of an op. `argv` is passed as it is, never through a shell; `argv[0]` is looked up in PATH. `env` is added to the
 * command's environment. What the program prints, on stdout or stderr, is the command's output.
 */
export type Step = {
  phase: string;
  argv: readonly [string, ...string[]];
  /** Absolute; the command's folder in the spool where absent. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** It activates a configuration though its phase has another name: its exit code is read as that of an activation. */
  activates?: true;
};

/** Steps run in order until one fails; no steps at all succeed at once (an op that only restarts the agent). */
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
  /** The command's own folder: out-links and scratch files belong here, it goes when the command is acknowledged. */
  spoolDir: string;
  /**
   * Small files that steps leave as proof; exported to every step as SWITCHYARD_EVIDENCE_DIR, exists before the first step, read by
   * `evidence()` when the last one has ended.
   */
  evidenceDir: string;
};

/** What a report says of the host beside the agent itself (docs/protocol.md section 2, Report). */
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

/** Turns ops into steps and reads what they left; one implementation a kind of host. */
export type Platform = {
  readonly name: PlatformName;
  /** What it can do beyond the first version of the protocol: goes into hello. */
  readonly features: readonly Feature[];
  /** What this host can run, OPS_FILE's own included: goes into hello. */
  ops(): readonly { id: string; completion: Completion }[];
  /** Must not change anything on the host: the command is not durable yet. Missing tools are the steps' to report (exit 127). */
  plan(op: string, options: Readonly<Record<string, unknown>>, context: CommandContext): Promise<Plan | Refusal>;
  /** What the ended command left as proof, from its folder alone: the agent may have been restarted since. Never throws. */
  evidence(op: string, context: CommandContext): Promise<Evidence>;
  /** A fresh sample. Spawns no process and never waits for a running command: it is part of every heartbeat. */
  facts(): Promise<HostFacts>;
};
