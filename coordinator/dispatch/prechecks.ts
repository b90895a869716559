import type { Command } from '../../shared/model/command.ts';
import type { AdvertisedOp, Compartment, Compartments, Maintenance } from '../../shared/model/host.ts';
import { OUTCOMES, PASSING } from '../../shared/model/outcomes.ts';
import type { RunningCommand } from '../../shared/model/report.ts';
import type { Target } from '../../shared/model/target.ts';
import type { MeaningCheck, OpDefinition } from '../../shared/ops/op-definition.ts';
import type { Feature } from '../../shared/wire/features.ts';
import type { Decision } from '../lifecycle/event.ts';
import { isTargetKnown, targetFault } from '../target/state.ts';
import type { Shut } from './windows.ts';

/** The host's present state. */
export type PrecheckFacts = {
  online: boolean;
  ops: readonly AdvertisedOp[];
  /** The active command that holds the host's slot. */
  slot: Command | null;
  /** The active command of this same op, for ops that take no slot. */
  sameOp: Command | null;
  /** No longer tracked (ignored, cancelled), while its process may go on. */
  open: Command | null;
  /** It has ended, and its host has neither kept nor undone its activation yet. */
  undecided: Command | null;
  /** The command that the host says it runs, unless it is active or known to have ended (docs/protocol.md section 2, rule 6). */
  running: RunningCommand | null;
  /** The active reboot. */
  reboot: Command | null;
  /** An activation is running there. */
  activating: boolean;
  compartments: Compartments;
  /** Null outside maintenance. */
  maintenance: Maintenance | null;
  /** The host's checkout, as far as it is known. */
  repoCommit: string | null;
  /** The number of commands that wait for this host already. */
  queueLength: number;
};

export type Question = {
  opId: string;
  /** As it is on this host; undefined if neither the table nor the host knows it. */
  op: OpDefinition | undefined;
  /** Features that the op and its options need but the host's agent did not name. */
  missing: readonly Feature[];
  host: PrecheckFacts;
  target: Target | null;
  /** The commit that the options name in place of the target's; null if they name none. */
  commit: string | null;
  /** Commits that nothing goes to any more. */
  quarantined: ReadonlySet<string>;
  /** The window that the op must wait for on this host; null if none is closed. */
  shut: Shut | null;
  force: boolean;
  /** How long the command may wait; null if it may not, or if it is queued already and is being woken. */
  queueMs: number | null;
  queuedPerHost: number;
  now: number;
};

/** A decision and its explanation: why the command isn't sent now, and an op that would be right. */
export type Precheck = Decision & { message: string | null; alternative: string | null };

type PossibleCode =
  | 'host_offline'
  | 'command_pending'
  | 'agent_busy'
  | 'agent_too_old'
  | 'op_unsupported'
  | 'rebooting'
  | 'in_maintenance'
  | 'outside_window'
  | 'quarantined'
  | 'activating';
type MeaningCode = 'remote_unavailable' | 'git_outdated' | 'lock_outdated' | 'already_current';
/** `until`: when the objection will pass, if known; null: never. */
type Objection = { code: PossibleCode | MeaningCode; message: string; alternative?: string; until?: number | null };

/**
 * Decides whether an op is sent, waits or is refused: first whether it is possible, then whether it is meaningful, in the order
 * of docs/protocol.md section 3 (Pre-check codes). Not for `kill` and `cancel`, which act on commands.
 */
export function decide(question: Question): Precheck {
  const { host, queueMs, queuedPerHost, now } = question;
  const objection = impossible(question) ?? behindOthers(question) ?? unwanted(question) ?? meaningless(question);
  if (!objection) return { status: 'PENDING', message: null, alternative: null };
  const { code, message, alternative = null, until = now } = objection;
  const passesInTime = until !== null && until <= now + (queueMs ?? 0);
  if (queueMs === null || !PASSING.has(code) || !passesInTime) return { status: 'BLOCKED', code, message, alternative };
  if (host.queueLength >= queuedPerHost)
    return {
      status: 'BLOCKED',
      code,
      message: `${message}, and its queue is full (${host.queueLength} commands)`,
      alternative,
    };
  return { status: 'QUEUED', code, queuedUntil: now + queueMs, message, alternative };
}

/** Asked of all. */
function impossible({ opId, op, missing, host, force }: Question): Objection | null {
  const takesSlot = op?.takesSlot ?? true;
  const before = takesSlot ? host.slot : host.sameOp;
  if (!host.online) return { code: 'host_offline', message: OUTCOMES.host_offline.message };
  if (before)
    return {
      code: 'command_pending',
      message: `${before.op} is under way there (${before.status})`,
    };
  if (takesSlot && host.undecided)
    return {
      code: 'agent_busy',
      message: `The activation by ${host.undecided.op} ${host.undecided.id} is neither kept nor undone yet`,
    };
  const untracked = takesSlot ? (host.open ?? host.running) : null;
  if (untracked)
    return {
      code: 'agent_busy',
      message: `${untracked.op} still runs there, and is no longer tracked`,
    };
  if (missing.length > 0)
    return { code: 'agent_too_old', message: `${OUTCOMES.agent_too_old.message} (${missing.join(', ')})` };
  if (!op || !host.ops.some(({ id }) => id === opId))
    return { code: 'op_unsupported', message: `The agent of this host does not know ${opId}` };
  if (host.reboot)
    return {
      code: 'rebooting',
      message: `The host is rebooting (${host.reboot.op})`,
    };
  if (op.completion === 'reboot' && host.activating && !force)
    return { code: 'activating', message: OUTCOMES.activating.message };
  return null;
}

/** The slot has one line: a command that may wait for it goes behind those that wait already. */
function behindOthers({ op, host, queueMs }: Question): Objection | null {
  if (queueMs === null || host.queueLength === 0 || !op?.takesSlot) return null;
  return { code: 'command_pending', message: `${host.queueLength} queued before it on this host` };
}

/** Objections by a person, a failed rollout or a window. Force lifts them. */
function unwanted({ opId, host, target, commit, quarantined, shut, force }: Question): Objection | null {
  if (force) return null;
  if (host.maintenance) {
    const { reason } = host.maintenance;
    return { code: 'in_maintenance', message: `${OUTCOMES.in_maintenance.message}: ${reason}` };
  }
  if (shut)
    return {
      code: 'outside_window',
      message: `The window ${shut.name} ${shut.opensAt === null ? 'never opens' : `opens at ${new Date(shut.opensAt).toISOString()}`}`,
      until: shut.opensAt,
    };
  const goesTo = GOES_TO_TARGET.has(opId) ? (commit ?? target?.commit) : opId === 'switch' ? host.repoCommit : null;
  return goesTo && quarantined.has(goesTo)
    ? { code: 'quarantined', message: `${OUTCOMES.quarantined.message} (${goesTo.slice(0, 12)})` }
    : null;
}

const GOES_TO_TARGET: ReadonlySet<string> = new Set(['pull', 'pull-switch']);

/** Asked only if the wanted commit is known, and never with force. */
function meaningless({ op, host, target, commit, force }: Question): Objection | null {
  if (!op || force) return null;
  const fault = targetFault(target);
  if (fault !== null)
    return op.meaning.includes('remote-reachable') ? { code: 'remote_unavailable', message: fault } : null;
  if (commit === null && !isTargetKnown(target)) return null;

  const { agent, system } = host.compartments;
  const { git, lock } = checkoutAgainst(commit, host, target);
  if (op.meaning.includes('git-current') && git.status === 'outdated')
    return { code: 'git_outdated', message: git.message, alternative: 'pull' };
  if (op.meaning.includes('lock-current') && lock.status === 'outdated')
    return { code: 'lock_outdated', message: lock.message, alternative: 'pull' };
  const done: Partial<Record<MeaningCheck, boolean>> = {
    'not-already-pulled': git.status === 'ok' && lock.status === 'ok',
    'not-already-switched': system.status === 'ok' && agent.status !== 'outdated',
  };
  const effects = op.meaning.map((check) => done[check]).filter((isDone) => isDone !== undefined);
  return effects.length > 0 && !effects.includes(false)
    ? { code: 'already_current', message: OUTCOMES.already_current.message }
    : null;
}

/** How the checkout compares with the wanted commit. Only the target's flake.lock is known: another commit's is inside that commit. */
function checkoutAgainst(
  commit: string | null,
  { repoCommit, compartments }: PrecheckFacts,
  target: Target | null,
): Pick<Compartments, 'git' | 'lock'> {
  if (commit === null || commit === target?.commit) return compartments;
  const isThere = repoCommit === commit;
  const said: Compartment = {
    status: repoCommit === null ? 'unknown' : isThere ? 'ok' : 'outdated',
    message: isThere ? `The checkout is at ${commit}` : `The checkout is at ${repoCommit}, not at ${commit}`,
    since: null,
  };
  return { git: said, lock: said };
}
