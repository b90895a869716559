import { OUTCOMES, type OutcomeCode } from '../../../shared/model/outcomes.ts';
import type { Report } from '../../../shared/model/report.ts';
import type { GuardCause, GuardDecision, GuardEnd } from '../../../shared/ops/guard.ts';

/** A report on a guarded activation, with its old and new system if known. */
export type GuardQuestion = {
  commandId: string;
  old: string | null;
  new: string | null;
  decision: GuardDecision | null;
  /** The activation ended badly, so it is undone. */
  isFailed: boolean;
  /** The exit said that a guard watched; otherwise only reports did. */
  isSure: boolean;
  /** It was sampled after the exit: an earlier one shows no guard either. */
  isAftermath: boolean;
  report: Report;
};

export type GuardOutcome =
  /** It goes on, or the proof of its end has not been shown yet. */
  | { kind: 'going' }
  | { kind: 'kept' }
  /** Nothing was activated that could have been undone. */
  | { kind: 'unused' }
  | { kind: 'over'; status: 'PARTIAL' | 'ERROR' | 'ROLLED_BACK'; code: OutcomeCode; message: string };

const GOING: GuardOutcome = { kind: 'going' };
const KEPT: GuardOutcome = { kind: 'kept' };

/**
 * How a guard ended (docs/lifecycle.md, Guarded activation). The active system and the profile are the proof; the guard's own
 * words say why. A report without any word of guards says nothing.
 */
export function guardOutcome(question: GuardQuestion): GuardOutcome {
  const { commandId, report } = question;
  const { guard, guardEnd } = report;
  if (guard?.commandId === commandId)
    return guard.state === 'failed' ? over('ERROR', 'rollback_failed', guard.message) : GOING;
  if (guardEnd?.commandId === commandId) return told(question, guardEnd);
  return guard === undefined || !question.isAftermath ? GOING : shown(question);
}

function told(question: GuardQuestion, { end, cause, message }: GuardEnd): GuardOutcome {
  switch (end) {
    case 'kept':
      return isKept(question) ? KEPT : GOING;
    case 'keep_failed':
      return over('PARTIAL', 'keep_failed', message);
    case 'rollback_failed':
      return over('ERROR', 'rollback_failed', message);
    case 'superseded':
      return over('ROLLED_BACK', 'superseded', message);
    case 'undone':
      return undone(question, cause, message);
    default:
      return GOING;
  }
}

/** It says that it went back, so the old system must be active. */
function undone(question: GuardQuestion, cause: GuardCause | null, message: string | null): GuardOutcome {
  const { old, report } = question;
  const { systemPath } = report;
  if (old === null || systemPath === old) return rolledBack(question, cause, message);
  if (systemPath === null) return GOING;
  const isNew = systemPath === question.new;
  return isNew ? over('ERROR', 'rollback_failed', message) : over('ROLLED_BACK', 'superseded', message);
}

/** No guard is left and nothing says how it ended: only the active system shows it. */
function shown(question: GuardQuestion): GuardOutcome {
  const { old, decision, isFailed, isSure, report } = question;
  const { systemPath } = report;
  if (isFailed && !isSure) return { kind: 'unused' };
  if (systemPath === null) return GOING;
  // All that is known of an unknown new system is that it is not the old one.
  const isNew = question.new === null ? systemPath !== old : systemPath === question.new;
  if (isNew && decision?.word !== 'undo' && !isFailed && isKept(question)) return KEPT;
  if (systemPath === old) return rolledBack(question, null, null);
  if (systemPath === question.new)
    return decision?.word === 'undo' || isFailed ? over('ERROR', 'rollback_failed') : GOING;
  return old !== null && question.new !== null ? over('ROLLED_BACK', 'superseded') : GOING;
}

/** A readable boot default is the proof; otherwise the guard's exit 0 of `boot` stands for it. */
function isKept({ report, new: wanted }: GuardQuestion): boolean {
  const goal = wanted ?? report.systemPath;
  const { profilePath, bootPath } = report;
  return goal !== null && profilePath === goal && (bootPath == null || bootPath === goal);
}

function rolledBack(question: GuardQuestion, cause: GuardCause | null, message: string | null): GuardOutcome {
  const { decision, isFailed } = question;
  const undoneBy = decision?.word === 'undo' && decision.actor === 'system' ? 'unproven' : 'undone';
  switch (cause ?? (decision?.word === 'undo' ? 'undo' : isFailed ? 'activation' : 'deadline')) {
    case 'undo':
      // Nobody decided. The guard was ordered to undo at its op's limit.
      return over('ROLLED_BACK', isFailed && !decision ? 'activation_failed' : undoneBy, message);
    case 'activation':
      return over('ROLLED_BACK', 'activation_failed', message);
    case 'reboot':
      if (decision?.word === 'undo') return over('ROLLED_BACK', undoneBy, message);
      return over(
        'ROLLED_BACK',
        'not_confirmed',
        message,
        'The host booted the system before; the new one was not kept',
      );
    case 'keep':
      return over('ROLLED_BACK', 'superseded', message, 'The system before was active again when it was to be kept');
    default:
      return over('ROLLED_BACK', 'not_confirmed', message);
  }
}

const over = (
  status: 'PARTIAL' | 'ERROR' | 'ROLLED_BACK',
  code: OutcomeCode,
  detail: string | null = null,
  words: string = OUTCOMES[code].message,
): GuardOutcome => ({ kind: 'over', status, code, message: detail ? `${words}: ${detail}` : words });
