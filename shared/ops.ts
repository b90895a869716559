import type { TSchema } from 'typebox';
import {
  CancelOptions,
  closed,
  commitOptions,
  GcOptions,
  guardOptions,
  KillOptions,
  previewedOptions,
} from './op-options.ts';

/** What must be seen before a command counts as having run to its end. */
export const COMPLETIONS = ['exit', 'restart', 'reboot'] as const;
export type Completion = (typeof COMPLETIONS)[number];

export const PLATFORMS = ['nixos', 'nix-darwin', 'home-manager', 'custom'] as const;
export type PlatformName = (typeof PLATFORMS)[number];

/** What is checked on fresh data once an op has exited well (docs/protocol.md section 3, op table). */
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
  /** True where running it a second time does no harm. */
  retryable: boolean;
  thresholds: Thresholds;
  freshness: FreshnessRule;
  postChecks: readonly PostCheck[];
  /** Its last step activates a configuration, and its exit code is the activation's. */
  activates: boolean;
  meaning: readonly MeaningCheck[];
  options: TSchema;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const thresholds = (
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

const agentOp = (
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

const SWITCH_MEANING = ['remote-reachable', 'git-current', 'lock-current', 'not-already-switched'] as const;

/** Runs on no host; acts on other commands. */
const commandOp = (op: Pick<OpDefinition, 'id' | 'description' | 'options'>): OpDefinition => ({
  ...agentOp({ ...op, completion: null, retryable: true, thresholds: thresholds(null, null) }),
  executor: 'coordinator',
  takesSlot: false,
});

/** Every op that the coordinator knows by itself; hosts may advertise more (OPS_FILE). */
export const OPS: readonly OpDefinition[] = [
  agentOp({
    id: 'pull',
    description: 'Fetch the configuration repository and check out its branch',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(2 * MINUTE, 5 * MINUTE),
    postChecks: ['fetched-commit'],
    meaning: ['remote-reachable', 'not-already-pulled'],
    options: closed(commitOptions),
  }),
  agentOp({
    id: 'switch',
    description: 'Build the checked-out configuration and activate it',
    completion: 'restart',
    retryable: true,
    thresholds: thresholds(10 * MINUTE, 30 * MINUTE, 90 * SECOND),
    freshness: 'full',
    activates: true,
    postChecks: ['system-path-built'],
    meaning: SWITCH_MEANING,
    options: closed(guardOptions),
  }),
  agentOp({
    id: 'pull-switch',
    description: 'Pull, then switch',
    completion: 'restart',
    retryable: true,
    thresholds: thresholds(12 * MINUTE, 35 * MINUTE, 90 * SECOND),
    freshness: 'full',
    activates: true,
    postChecks: ['fetched-commit', 'system-path-built'],
    meaning: ['remote-reachable', 'not-already-pulled', 'not-already-switched'],
    options: closed({ ...guardOptions, ...commitOptions, ...previewedOptions }),
  }),
  agentOp({
    id: 'force-rebuild',
    description: 'Build and activate again, even if nothing seems to have changed',
    completion: 'restart',
    retryable: true,
    thresholds: thresholds(15 * MINUTE, 45 * MINUTE, 90 * SECOND),
    freshness: 'full',
    activates: true,
    postChecks: ['system-path-built'],
    options: closed(guardOptions),
  }),
  agentOp({
    id: 'rollback',
    description: 'Activate the generation before the active one',
    completion: 'restart',
    retryable: false,
    thresholds: thresholds(10 * MINUTE, 30 * MINUTE, 90 * SECOND),
    freshness: 'installed',
    activates: true,
    postChecks: ['system-path-changed'],
    options: closed(guardOptions),
  }),
  agentOp({
    id: 'preview',
    description: 'Build what pull-switch would activate and show what would change, without changing anything',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(10 * MINUTE, 30 * MINUTE),
    postChecks: ['previewed'],
    options: closed(commitOptions),
  }),
  agentOp({
    id: 'boot',
    description:
      'Build the checked-out configuration and let the next boot start it, without activating it; neither it nor the reboot is guarded',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(10 * MINUTE, 30 * MINUTE),
    postChecks: ['profile-path-built'],
  }),
  agentOp({
    id: 'gc',
    description:
      'Delete old generations and whatever nothing needs any more; never the active, booted or guarded system',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(10 * MINUTE, 60 * MINUTE),
    options: GcOptions,
  }),
  agentOp({
    id: 'test',
    description: "Run the host's test scripts",
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(5 * MINUTE, 10 * MINUTE),
    postChecks: ['tests-passed'],
  }),
  agentOp({
    id: 'bump-flake',
    description: 'Update the flake input that pins the agent, in the clone only',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(30 * SECOND, 2 * MINUTE),
    postChecks: ['lock-hash'],
  }),
  agentOp({
    id: 'refresh-lock',
    description: 'Read the flake lock again',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(30 * SECOND, 2 * MINUTE),
    postChecks: ['lock-checked'],
  }),
  agentOp({
    id: 'refresh-system',
    description: 'Evaluate the configuration and compare it with what is active',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(2 * MINUTE, 5 * MINUTE),
    postChecks: ['system-checked'],
  }),
  agentOp({
    id: 'refresh-all',
    description: 'Refresh lock and system',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(2 * MINUTE, 5 * MINUTE),
    postChecks: ['lock-checked', 'system-checked'],
  }),
  agentOp({
    id: 'check-version',
    description: 'Compare the running agent with the installed one',
    completion: 'exit',
    retryable: true,
    thresholds: thresholds(10 * SECOND, 30 * SECOND),
  }),
  agentOp({
    id: 'restart',
    description: 'Restart the agent',
    completion: 'restart',
    takesSlot: false,
    retryable: true,
    thresholds: thresholds(30 * SECOND, 60 * SECOND, 60 * SECOND),
    freshness: 'installed',
  }),
  agentOp({
    id: 'reboot',
    description: 'Reboot the host',
    completion: 'reboot',
    takesSlot: false,
    retryable: false,
    thresholds: thresholds(2 * MINUTE, 5 * MINUTE, 5 * MINUTE),
  }),
  commandOp({ id: 'kill', description: 'End a running command and every process of it', options: KillOptions }),
  commandOp({
    id: 'cancel',
    description: 'Stop tracking a command; one that has not started never will',
    options: CancelOptions,
  }),
];

const BY_ID: ReadonlyMap<string, OpDefinition> = new Map(OPS.map((op) => [op.id, op]));

export const builtinOp = (id: string): OpDefinition | undefined => BY_ID.get(id);

/** Kill and cancel. */
export const actsOnCommands = (id: string): boolean => builtinOp(id)?.executor === 'coordinator';

/** An op that only hosts know (OPS_FILE): default thresholds, no post-check, the advertised completion. */
export function customOp(id: string, completion: Completion): OpDefinition {
  return agentOp({
    id,
    description: `Defined by the host's OPS_FILE`,
    completion,
    retryable: false,
    thresholds: thresholds(10 * MINUTE, 30 * MINUTE, 90 * SECOND),
  });
}

/** The op as a host runs it. Its advertised `completion` overrides the table's, because OPS_FILE may replace any op. */
export function opOnHost(id: string, advertised: Completion | undefined): OpDefinition | undefined {
  const builtin = builtinOp(id);
  if (!builtin) return advertised && customOp(id, advertised);
  if (!advertised || builtin.executor !== 'agent') return builtin;
  // The table has no return time for an op that completes by exit there.
  const reconnectMs = builtin.thresholds.reconnectMs ?? customOp(id, advertised).thresholds.reconnectMs;
  return { ...builtin, completion: advertised, thresholds: { ...builtin.thresholds, reconnectMs } };
}
