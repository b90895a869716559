import type { Report } from '../../shared/model/report.ts';
import { CONFIRM_MS, type DecisionWord, type GuardDecision, RETURN_AFTER_GUARD_MS } from '../../shared/ops/guard.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import type { Effect } from './effect.ts';
import type { Sighting } from './event.ts';
import { howEndedBadly } from './exit.ts';
import { type GuardOutcome, guardOutcome } from './proof/guard-outcome.ts';
import type { CommandRecord, Ending, GuardWatch } from './record.ts';
import { hasComeBack, isAftermath } from './verify.ts';

/** The state of a guard, from its command's record and a report. */

/** The answer of a step that refused before anything was activated. */
const isRefusal = ({ evidence }: CommandExited): boolean =>
  evidence?.failure !== undefined && evidence.failure.code !== 'activation_failed';

const speaksOf = ({ command: { id } }: CommandRecord, { guard, guardEnd }: Report): boolean =>
  guard?.commandId === id || guardEnd?.commandId === id;

/** An exit after which the host keeps or undoes. */
export const isGuardedExit = (record: CommandRecord, exit: CommandExited, { report }: Sighting): boolean =>
  record.policy.completion === 'restart' &&
  !isRefusal(exit) &&
  (exit.evidence?.guarded === true || speaksOf(record, report));

/** The host says that the guard of a gone command, or of one that ended unknown to us, is or was there. */
export const isLeftToGuard = (record: CommandRecord, { report }: Sighting): boolean =>
  record.policy.completion === 'restart' && record.open && speaksOf(record, report);

export const optionsOf = ({ command: { options } }: CommandRecord): { confirmMs: number; isProof: boolean } => ({
  confirmMs: typeof options.confirmMs === 'number' ? options.confirmMs : CONFIRM_MS.usual,
  isProof: options.keep === 'proof',
});

export const newWatch = (record: CommandRecord, at: number, failed: Ending | null): GuardWatch => ({
  actsBy: at + optionsOf(record).confirmMs,
  keepAt: null,
  verdict: null,
  failed,
});

export const watchAfter = (record: CommandRecord, exit: CommandExited, at: number): GuardWatch =>
  newWatch(record, at, howEndedBadly(record, exit));

export const decisionOf = ({ command }: CommandRecord): GuardDecision | null => command.decision ?? null;

/** The latest time for the guard's end, given this report. A host may not postpone it for ever. */
export function actsBy(guard: GuardWatch, record: CommandRecord, { report }: Sighting, at: number): number {
  const said = report.guard;
  if (said?.commandId !== record.command.id) return guard.actsBy;
  const usual = optionsOf(record).confirmMs;
  const left = said.deadline === null ? (said.state === 'held' ? usual : 0) : said.deadline - report.sampledAt;
  return Math.max(guard.actsBy, at + Math.min(Math.max(left, 0), usual));
}

/** Until then an agent may stay away: its host may be going back. */
export const returnBy = (record: CommandRecord, guard: GuardWatch): number =>
  Math.max(record.command.reconnectBy ?? 0, guard.actsBy + RETURN_AFTER_GUARD_MS);

export function outcomeOf(record: CommandRecord, guard: GuardWatch, sighting: Sighting): GuardOutcome {
  const { report } = sighting;
  const { id, evidence, before } = record.command;
  return guardOutcome({
    commandId: id,
    old: evidence?.systemPathBefore ?? before?.systemPath ?? null,
    new: evidence?.builtPath ?? evidence?.rollback?.path ?? null,
    decision: decisionOf(record),
    isFailed: guard.failed !== null,
    isSure: evidence?.guarded === true,
    isAftermath: isAftermath(record, sighting) || hasComeBack(record, sighting),
    report,
  });
}

/** The guard waits for a decision, and is not carrying one out already. */
export const isUndecidedThere = ({ command: { id } }: CommandRecord, { report: { guard } }: Sighting): boolean =>
  guard?.commandId !== id || guard.state === 'armed' || guard.state === 'activated' || guard.state === 'held';

export const sendDecision = ({ command: { id } }: CommandRecord, word: DecisionWord): Effect => ({
  type: 'send',
  frame: { type: word === 'keep' ? 'command.keep' : 'command.undo', payload: { id } },
});
