import type { Evidence, UNFOUND } from './report.ts';

/**
 * The codes that a command can end with (docs/protocol.md section 4): a message for each, and advice for a person. A transition
 * may be more exact, but never says something else.
 */
export const OUTCOMES = {
  exit_nonzero: { message: 'The op failed', hint: 'Read the output around the line that says why.' },
  signalled: {
    message: 'A signal that Switchyard did not send ended the op',
    hint: "Find out who sent it in the host's journal: the kernel's out-of-memory killer, a shutdown or a person.",
  },
  post_check_failed: {
    message: 'The op exited well, but the host does not show what it should have done',
    hint: 'Compare the evidence with the report after it, then run the op again.',
  },
  post_check_unverified: {
    message: 'The op exited well, but no fresh data proved it',
    hint: 'Check whether the host is online and reports; then refresh it, or run the op again.',
  },
  units_failed: {
    message: 'The configuration is active, but units failed to start',
    hint: 'Look at the failed units on the host (systemctl status UNIT), fix the configuration and switch again.',
  },
  tests_failed: { message: 'Not every test script passed', hint: 'Read the output of the scripts that failed.' },
  freshness_unknown: {
    message: 'The agent is back, but neither the path nor the hash of its build is known',
    hint: 'Run the agent from its bundle, and set SWITCHYARD_INSTALLED_PATH on the host.',
  },
  stale_binary: {
    message: 'The running agent is not the one that should run',
    hint: 'Restart the agent (op restart); if that does not help, push the build that the lock pins, then pull-switch.',
  },
  suspicious_binary: {
    message: "The agent's commit and its build do not fit together",
    hint: 'A cache may have served an old build: force-rebuild builds again. After a force-rebuild, check how the build gets its commit: both must change together.',
  },
  no_reconnect: {
    message: 'The agent did not come back in time',
    hint: 'Look at the agent on the host (systemctl status switchyard-agent); roll back from its own shell if it cannot start.',
  },
  timeout_ignored: {
    message: 'It took too long, and a person stopped tracking it; the process goes on',
    hint: 'The host stays busy until the process ends; kill it with its command id.',
  },
  killed: { message: 'Killed; nothing of it is left', hint: null },
  kill_unproved: {
    message: 'The processes of the command were ended, but one that was not found still holds its output open',
    hint: "Find the process that holds the fifo in the command's spool folder open (lsof) on the host, and end it there.",
  },
  cancelled: { message: 'No longer tracked', hint: null },
  not_delivered: { message: 'The host never got the command; it did not run', hint: 'Dispatch it again.' },
  not_started: {
    message: 'The host accepted the command but never started it; it did not run',
    hint: 'Dispatch it again.',
  },
  quarantined: {
    message: 'The commit is quarantined: it failed where it was activated',
    hint: 'Mend it and roll out the commit that mends it; force passes, and DELETE /api/quarantine/COMMIT lifts it.',
  },
  in_maintenance: {
    message: 'The host is in maintenance',
    hint: 'Wait until it is over, end it (switchyard maintenance HOST --end), or use force.',
  },
  outside_window: {
    message: 'No change window of the host is open',
    hint: 'Wait for it with a queueMs that reaches its opening, or use force.',
  },
  expired: {
    message: 'It waited in the queue for longer than allowed',
    hint: 'Dispatch it again with a longer queueMs.',
  },
  state_lost: {
    message: "The agent's state folder was replaced, so the command's outcome can't be known",
    hint: "Check the host itself, and keep the agent's STATE_DIR across reinstalls.",
  },
  agent_lost_command: {
    message: 'The agent does not know how the command ended',
    hint: 'Check the host itself; then refresh it or run the op again.',
  },
  host_rebooted: {
    message: 'The host rebooted while the command ran',
    hint: 'Check what it left undone, then run it again.',
  },
  host_removed: { message: 'The host was removed', hint: null },
  kill_failed: {
    message: 'Processes of the command are still there after SIGKILL, or the agent said nothing',
    hint: 'A process that SIGKILL does not end hangs in the kernel: reboot the host.',
  },
  already_ended: { message: 'The command had ended by itself before a signal was sent', hint: null },
  // changes of a system
  switch_inhibited: {
    message: 'The new system refuses to replace the running one; nothing was changed',
    hint: 'The output says why. Let the next boot start it: boot, then reboot.',
  },
  guard_not_armed: {
    message: 'The guard that would undo the activation could not be started; nothing was changed',
    hint: "The output says why; the host's journal has more. guard off activates without one.",
  },
  activation_failed: {
    message: 'The activation failed',
    hint: 'Read the output for the part that failed, fix it and switch again.',
  },
  disk_low: {
    message: 'The host has too little free space; nothing was changed',
    hint: 'Free space where it says so: gc removes old generations.',
  },
  untrusted_commit: {
    message: 'The commit has no good signature of a signer that this host trusts; nothing of it was read or run',
    hint: "Sign the commit with a key of the host's TRUSTED_SIGNERS, or add the signer there.",
  },
  older_commit: {
    message: 'The host is ahead of this commit; nothing was changed',
    hint: 'To go back on purpose, use allowOlder.',
  },
  commit_not_on_branch: {
    message: "The commit is not on the host's branch; nothing was changed",
    hint: "Push it to the branch that the host pulls from, or look at the host's BRANCH.",
  },
  keep_unverified: {
    message: 'It should have been kept, but no report showed in time that profile and boot default lead to it',
    hint: 'Check whether the host is online and where its profile leads; then refresh it, or switch again.',
  },
  keep_failed: {
    message: 'The new system is active, but could not be made the one that boots',
    hint: 'The next boot starts the old system. Fix what the message names and switch again.',
  },
  not_confirmed: {
    message: 'Nobody was in contact with the host in time, so it went back to the system before',
    hint: 'Check what the new configuration does to the network, the agent and its token; then switch again.',
  },
  undone: { message: 'It was undone on request', hint: null },
  unproven: {
    message: 'It was not proved to be a success, so it was undone as requested',
    hint: 'The verdict says what was missing.',
  },
  superseded: {
    message: 'Somebody activated another system on the host meanwhile; the guard left it alone',
    hint: 'Check which system is active and where the profile leads.',
  },
  rollback_failed: {
    message: 'The host could not go back to the system before',
    hint: "Check the host itself: the guard's message and its journal say what failed.",
  },
  booted_other_system: {
    message: 'The host rebooted, but into another system than the one that should boot',
    hint: "Look at the boot loader's menu and its default entry.",
  },
  // pre-checks
  host_offline: { message: 'The host is offline', hint: 'Wait for it with queueMs, or look at its agent.' },
  command_pending: { message: 'The host has another command', hint: 'Wait for it (queueMs), or kill it.' },
  agent_busy: {
    message: 'The host still runs a command that is no longer tracked',
    hint: 'Wait for it (queueMs), or kill it with its command id.',
  },
  op_unsupported: { message: 'The agent of this host does not know this op', hint: 'See the ops of the host.' },
  rebooting: { message: 'The host is rebooting', hint: 'Wait for it with queueMs.' },
  agent_too_old: {
    message: 'The agent of this host does not support this request',
    hint: 'Update the agent of this host first (pull-switch without these options), or leave them out.',
  },
  activating: {
    message: 'A configuration is being activated',
    hint: 'Wait until the activation has ended, or use force.',
  },
  remote_unavailable: {
    message: "The configuration's remote can't be read",
    hint: 'See the error of the target; force skips this check.',
  },
  git_outdated: { message: 'The checkout is behind the target', hint: 'Pull first; force skips this check.' },
  lock_outdated: { message: "The lock file is not the target's", hint: 'Pull first; force skips this check.' },
  already_current: {
    message: 'There is nothing to do: the host is already at the target',
    hint: 'force runs it anyway.',
  },
  no_running_command: { message: 'There is no command to act on', hint: null },
  // rejections by the agent
  busy: { message: 'The agent runs another command', hint: null },
  unknown_op: { message: 'The agent does not know this op', hint: 'See the ops of the host.' },
  storage_full: {
    message: "The agent can't write the command down: its disk is full",
    hint: "Free space in the agent's STATE_DIR.",
  },
  invalid_options: { message: 'The agent does not take these options', hint: null },
  killed_before_start: { message: 'Killed before it started; it did not run', hint: null },
} as const satisfies Record<string, { message: string; hint: string | null }>;

export type OutcomeCode = keyof typeof OUTCOMES;

/** The op was not sent because the host is already at its goal: that is not a failure. */
export const isAlreadyCurrent = ({ status, code }: { status: string; code: string | null }): boolean =>
  status === 'BLOCKED' && code === ('already_current' satisfies OutcomeCode);

/**
 * Codes of a pre-check that time alone can change, so that a command may wait in the queue; and those that `force` skips
 * (docs/protocol.md section 3, Pre-check codes).
 */
export const PASSING: ReadonlySet<string> = new Set<OutcomeCode>([
  ...(['host_offline', 'command_pending', 'agent_busy', 'rebooting', 'in_maintenance', 'outside_window'] as const),
]);
export const FORCIBLE: ReadonlySet<string> = new Set<OutcomeCode>([
  ...(['activating', 'remote_unavailable', 'git_outdated', 'lock_outdated', 'already_current'] as const),
  ...(['quarantined', 'in_maintenance', 'outside_window'] as const),
]);

const WHERE_IT_STANDS =
  'Check which system is active before you roll back again: each rollback goes one generation further.';

/** A hint to run an op again would lead a host that a rollback has already moved one generation too far. */
const HINTS_OF_ROLLBACK: Readonly<Partial<Record<OutcomeCode, string>>> = {
  post_check_failed: WHERE_IT_STANDS,
  post_check_unverified: WHERE_IT_STANDS,
  agent_lost_command: WHERE_IT_STANDS,
  host_rebooted: WHERE_IT_STANDS,
  no_reconnect:
    'Look at the agent on the host (systemctl status switchyard-agent); switch again from its own shell if it cannot start.',
  units_failed:
    'Look at the failed units on the host (systemctl status UNIT); a further rollback goes one generation further.',
};

/** Advice for a person on a command of `op` that ended with `code`. */
export const hintOf = (code: OutcomeCode, op: string): string | null =>
  (op === 'rollback' ? HINTS_OF_ROLLBACK[code] : undefined) ?? OUTCOMES[code].hint;

/** The op that helps after one that ended with `code`; null if there is none. */
export const alternativeOf = (code: OutcomeCode | null): string | null => (code === 'switch_inhibited' ? 'boot' : null);

/** A killed command's possible leftovers, by what its host could not find. Follows a semicolon. */
export const WHAT_IS_LEFT = {
  output_held: 'a process that was not found still holds its output open',
  not_visible: 'nothing of it is left that can be seen on this host, where what leaves its session is hidden',
} as const satisfies Record<(typeof UNFOUND)[number], string>;

export const whatIsLeft = (evidence: Evidence | null | undefined): string =>
  evidence?.unfound ? WHAT_IS_LEFT[evidence.unfound] : 'nothing of it is left';
