import { isActive } from '../../../shared/command.ts';
import { builtinOp } from '../../../shared/ops.ts';
import { ROLLOUT_DEFAULTS } from '../../../shared/rollout.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Sessions } from '../../engine/sessions.ts';
import { maintenanceOf, type Roster } from '../../hosts/roster.ts';
import type { HostViews } from '../../hosts/view.ts';
import type { DueHost, RolloutEventOf, WaveSeen } from '../event.ts';
import { gateOf, type HostWatch } from '../gate.ts';
import { type HostBefore, presentWave } from '../record.ts';
import { speaksAgainstCommit } from '../standing.ts';
import type { Book } from './book.ts';

export type LookDeps = {
  ledger: Pick<Ledger, 'inMemory'>;
  roster: Pick<Roster, 'byId'>;
  sessions: Sessions;
  views: Pick<HostViews, 'compartments' | 'isPrepared'>;
};

/** `broken`: the hosts at which the gate is. */
export type Seen = RolloutEventOf<'look'> & { broken: readonly string[] };

export const rebootsAt = (book: Book, step: number): boolean =>
  builtinOp(book.record.rollout.steps[step]?.op ?? '')?.completion === 'reboot';

/** Whether the host can have its turn now, or why not. */
export function absenceOf(
  { roster, sessions }: Pick<LookDeps, 'roster' | 'sessions'>,
  hostId: string,
  now: number,
): 'host_offline' | 'in_maintenance' | null {
  const host = roster.byId(hostId);
  if (!host || !sessions.isOnline(hostId)) return 'host_offline';
  return maintenanceOf(host, now) ? 'in_maintenance' : null;
}

/** What is known of a host now, as the gate asks it later what is new. */
export function sampleBefore({ roster, views }: Pick<LookDeps, 'roster' | 'views'>, hostId: string): HostBefore {
  const { agent, system, tests } = views.compartments(hostId);
  const failedUnits = roster.byId(hostId)?.known?.report.failedUnits?.names ?? null;
  return { agent: agent.status, system: system.status, tests: tests.status, failedUnits };
}

/**
 * The present wave as it is now; null where there is none.
 *
 * @param observedSince Since when this process could have seen everything: no absence from before counts.
 */
export function lookAt(deps: LookDeps, book: Book, now: number, observedSince: number): Seen | null {
  const { record } = book;
  const index = presentWave(record);
  const wave = record.rollout.waves[index ?? -1];
  if (!wave) return null;
  const { plan } = record.rollout;
  const due: DueHost[] = [];
  const absent: { hostId: string; code: 'host_offline' | 'in_maintenance' }[] = [];
  const overdue: string[] = [];
  const proven: string[] = [];
  const sums = { running: 0, rebooting: 0, alreadyCurrent: 0, failed: 0 };
  let againstCommit = 0;
  const deadlineMs = plan.stepDeadlineMs ?? ROLLOUT_DEFAULTS.stepDeadlineMs;
  const waiting: { hostId: string; step: number }[] = [];

  for (const hostId of wave.hosts) {
    const { standing, step, commandId, code, next } = book.standing(hostId);
    const end = commandId === null ? null : book.command(commandId);
    if (next !== null && (standing === 'waiting' || standing === 'running')) waiting.push({ hostId, step: next });
    else if (standing === 'running') {
      sums.running += 1;
      if (step !== null && rebootsAt(book, step)) sums.rebooting += 1;
      const command = commandId === null ? undefined : deps.ledger.inMemory(commandId)?.command;
      // One that waits in the queue ends by itself then, and has failed at nothing.
      const isTried = command && isActive(command.status) && command.status !== 'QUEUED';
      if (isTried && now >= (command.dispatchedAt ?? command.createdAt) + deadlineMs) overdue.push(hostId);
    } else if (standing === 'proven') {
      proven.push(hostId);
      if (code === 'already_current') sums.alreadyCurrent += 1;
    } else if (standing === 'failed') {
      sums.failed += 1;
      if (end && speaksAgainstCommit(end)) againstCommit += 1;
    }
  }
  // A host is passed over at its turn, not before.
  let room = Math.max(0, (plan.maxParallel ?? ROLLOUT_DEFAULTS.maxParallel) - sums.running);
  for (const { hostId, step } of waiting) {
    const away = absenceOf(deps, hostId, now);
    if (away === null) due.push({ hostId, step, reboots: rebootsAt(book, step) });
    else if (step > 0 || room > 0) absent.push({ hostId, code: away });
    else due.push({ hostId, step, reboots: rebootsAt(book, step) });
    if (step === 0) room -= 1;
  }

  const rules = { presence: plan.gate?.presence ?? true, ignoreUnits: plan.gate?.ignoreUnits ?? [] };
  const watches = proven.map((hostId) => watchOf(deps, book, hostId, now, observedSince));
  const gate = gateOf(watches, rules, new Set(record.forgivenHosts));
  const connected = watches.filter(({ absentForMs }) => absentForMs === null);
  const since = connected.map(({ hostId }) => deps.roster.byId(hostId)?.connectedAt ?? 0);
  const seen: WaveSeen = { due, absent, overdue, size: wave.hosts.length, proven: proven.length, ...sums };
  return {
    ...{ type: 'look', at: now, wave: seen, failedBefore: book.failedBefore(), againstCommit, gate },
    broken: gate.broken,
    ...{ observedSince: since.reduce((a, b) => Math.max(a, b), observedSince), window: { open: true } },
  };
}

function watchOf(deps: LookDeps, book: Book, hostId: string, now: number, observedSince: number): HostWatch {
  const { roster, sessions, views } = deps;
  const host = roster.byId(hostId);
  const known = host?.known ?? null;
  const isOnline = sessions.isOnline(hostId);
  const { agent, system, tests } = views.compartments(hostId);
  const current = { agent: agent.status, system: system.status, tests: tests.status };
  const { before } = book.rows.get(hostId) ?? { before: null };
  return {
    hostId,
    host: host?.name ?? hostId,
    absentForMs: isOnline ? null : Math.max(0, now - Math.max(known?.lastSeenAt ?? 0, observedSince)),
    before: before ?? current,
    now: current,
    watchesUnits: (sessions.of(hostId)?.hello.features ?? []).includes('failed_units'),
    failedUnitsBefore: before?.failedUnits ?? null,
    failedUnits: known?.report.failedUnits?.names ?? null,
  };
}
