import { agentOp, type Completion, commandOp, MINUTE, type OpDefinition, SECOND, thresholds } from './op-definition.ts';
import {
  CancelOptions,
  closed,
  commitOptions,
  GcOptions,
  guardOptions,
  KillOptions,
  previewedOptions,
} from './op-options.ts';

const SWITCH_MEANING = ['remote-reachable', 'git-current', 'lock-current', 'not-already-switched'] as const;

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
