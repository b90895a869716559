import type { TSchema } from 'typebox';
import { closed } from './op-options.ts';

/** The sign that a command has completed. */
export const COMPLETIONS = ['exit', 'restart', 'reboot'] as const;
export type Completion = (typeof COMPLETIONS)[number];

export const PLATFORMS = ['nixos', 'nix-darwin', 'home-manager', 'custom'] as const;
export type PlatformName = (typeof PLATFORMS)[number];

/** Checks on fresh data after an op's successful exit (docs/protocol.md section 3, op table). */
export type PostCheck =
  | 'fetched-commit'
  | 'system-path-built'
  | 'system-path-changed'
  | 'tests-passed'
  | 'lock-hash'
  | 'lock-checked'
  | 'system-checked'
  | 'previewed'
  | 'profile-path-built';

/** `full` compares all layers of the agent's build before and after; `installed` only asks whether the installed build runs. */
export type FreshnessRule = 'full' | 'installed' | 'none';

/** Pre-checks that ask whether an op is meaningful now; `force` skips them. */
export type MeaningCheck =
  | 'remote-reachable'
  | 'git-current'
  | 'lock-current'
  | 'not-already-pulled'
  | 'not-already-switched';

export type Thresholds = {
  /** Counted from the accept; null if the op has no such threshold. */
  warningMs: number | null;
  timeoutMs: number | null;
  /** From the exit to the agent's return. */
  reconnectMs: number | null;
  postCheckMs: number;
  killGraceMs: number;
  /** How long a dispatched command may wait to be accepted. */
  notAfterMs: number;
  onTimeout: 'ask' | 'kill';
  /** How long a person has to answer before `onTimeout: kill` acts. */
  decisionMs: number;
};

export type OpDefinition = {
  id: string;
  description: string;
  /** Who carries it out: kill and cancel act on another command's record, the rest runs on the host. */
  executor: 'agent' | 'coordinator';
  completion: Completion | null;
  takesSlot: boolean;
  /** Whether a second run does no harm. */
  retryable: boolean;
  thresholds: Thresholds;
  freshness: FreshnessRule;
  postChecks: readonly PostCheck[];
  /** Its last step activates a configuration, and its exit code is the activation's. */
  activates: boolean;
  meaning: readonly MeaningCheck[];
  options: TSchema;
};

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const thresholds = (
  warningMs: number | null,
  timeoutMs: number | null,
  reconnectMs: number | null = null,
): Thresholds => ({
  warningMs,
  timeoutMs,
  reconnectMs,
  postCheckMs: 60 * SECOND,
  killGraceMs: 10 * SECOND,
  notAfterMs: 120 * SECOND,
  onTimeout: 'ask',
  decisionMs: 10 * MINUTE,
});

export const agentOp = (
  op: Pick<OpDefinition, 'id' | 'description' | 'completion' | 'retryable' | 'thresholds'> & Partial<OpDefinition>,
): OpDefinition => ({
  executor: 'agent',
  takesSlot: true,
  freshness: 'none',
  postChecks: [],
  activates: false,
  meaning: [],
  options: closed({}),
  ...op,
});

/** Runs on no host; acts on other commands. */
export const commandOp = (op: Pick<OpDefinition, 'id' | 'description' | 'options'>): OpDefinition => ({
  ...agentOp({ ...op, completion: null, retryable: true, thresholds: thresholds(null, null) }),
  executor: 'coordinator',
  takesSlot: false,
});
