import { type Command, isActive, type Status } from '../../../shared/model/command.ts';
import type { Report } from '../../../shared/model/report.ts';
import { ROLLOUT_DEFAULTS } from '../../../shared/model/rollout.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { Dispatcher } from '../../dispatch/dispatcher.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { RolloutHostRow } from '../record.ts';
import type { RolloutState } from './rollout-state.ts';

export type UndoDeps = {
  clock: Clock;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  ledger: Pick<Ledger, 'event'>;
  roster: Pick<Roster, 'byId'>;
};

/**
 * Rolls a proven host back by one generation if that restores its earlier system: one command moved the host, by one generation, which is
 * still active. Names every other host that the rollout moved or, without proof or still under way, may have moved.
 *
 * @param commands The rollout's commands, as far as they were read.
 */
export function undo(deps: UndoDeps, state: RolloutState, commands: ReadonlyMap<string, Command>, actor: string): void {
  const { clock, dispatcher, ledger } = deps;
  const { rollout } = state.record;
  const back: string[] = [];
  const left: string[] = [];
  for (const row of state.rows.values()) {
    const led = wayBack(deps, state, row, commands);
    if (led === 'known') back.push(row.hostId);
    else if (led === 'unknown') left.push(row.name);
  }
  const dispatched =
    back.length === 0
      ? null
      : dispatcher.dispatch(
          { op: 'rollback', hosts: back, queueMs: rollout.plan.stepDeadlineMs ?? ROLLOUT_DEFAULTS.stepDeadlineMs },
          actor,
          true,
        ).answer;
  const refused = dispatched?.results.filter(({ status }) => status === 'BLOCKED') ?? [];
  left.push(...refused.map(({ host, code }) => `${host} (${code})`));
  const goes = back.length - refused.length;
  const how = dispatched ? ` (dispatch ${dispatched.dispatchId})` : '';
  const others = left.length > 0 ? `; not ${listed(left)}: ${LEFT}` : '';
  ledger.event({
    at: clock.now(),
    level: 'warn',
    category: 'audit',
    actor,
    code: 'rollout_undone',
    message: `${rollout.name}: ${goes} ${goes === 1 ? 'host goes' : 'hosts go'} back${how}${others}`,
    next: left.length > 0 ? 'look at those by hand' : null,
  });
}

const LEFT =
  'they refused it, are not proven or still under way, one generation back is not what they had, or another system is active there now';

/** Whether one generation back is the host's system from before the rollout; null if the rollout did not move it. */
function wayBack(
  { roster }: UndoDeps,
  state: RolloutState,
  row: RolloutHostRow,
  commands: ReadonlyMap<string, Command>,
): 'known' | 'unknown' | null {
  const made = row.turns
    .flatMap(({ commandId }) => commands.get(commandId) ?? [])
    .filter(({ status }) => status !== 'ROLLED_BACK');
  const moves = made.map(moveOf).filter((move) => move !== null);
  const [move] = moves;
  const report = roster.byId(row.hostId)?.known?.report;
  if (!move) return made.some((command) => mayHaveMoved(command, state, report)) ? 'unknown' : null;
  const isStillThere = report?.systemPath === move.to && report.generation === move.generation;
  const isProven = state.standing(row.hostId).standing === 'proven';
  return isProven && isStillThere && moves.length === 1 && move.isNext ? 'known' : 'unknown';
}

/** A command's change of its host's system. Null fields are unknown. */
type Move = { to: string | null; generation: number | null; isNext: boolean };

/** Null if the command changed nothing. */
function moveOf({ evidence, before, after }: Command): Move | null {
  const { systemPathBefore: from = null, systemPathAfter: to = null } = evidence ?? {};
  if (from === to) return null;
  const [was, generation] = [before?.generation ?? null, after?.generation ?? null];
  return { to, generation, isNext: from !== null && to !== null && was !== null && generation === was + 1 };
}

/** Whether a command without evidence of a move may still move its host, or seems to have done so. */
function mayHaveMoved(command: Command, state: RolloutState, report: Report | undefined): boolean {
  const { id, status, evidence, before, after, exitedAt, lateResult } = command;
  if (isActive(status)) return status !== 'QUEUED';
  // A reboot starts the system that an earlier step made, `boot` changes only the profile, and an op of OPS_FILE leaves no evidence.
  if (differ(before?.systemPath, after?.systemPath) || differ(before?.profilePath, after?.profilePath)) return true;
  if (state.command(id)?.cancelled === 'unanswered') return true;
  // An ignored command may go on.
  if (status === 'TIMEOUT' && exitedAt === null && lateResult === null) return true;
  return UNSEEN.has(status) && evidence === null && before !== null && before.systemPath !== report?.systemPath;
}

const differ = (was: string | null | undefined, is: string | null | undefined): boolean =>
  was != null && is != null && was !== is;

/** Ends that say little about the command's effects. */
const UNSEEN: ReadonlySet<Status> = new Set(['LOST', 'TIMEOUT', 'CANCELLED', 'KILLED', 'ABORTED_BY_REBOOT']);

const listed = (names: readonly string[]): string =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
