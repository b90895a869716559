import { isActive } from '../../../shared/model/command.ts';
import { ROLLOUT_DEFAULTS, type RolloutGate } from '../../../shared/model/rollout.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { Ledger } from '../../engine/ledger.ts';
import type { Sessions } from '../../engine/sessions.ts';
import type { HostViews } from '../../hosts/view.ts';
import type { DueHost, RolloutEventOf, ShutSeen, WaveSeen } from '../event.ts';
import { type GateRules, gateOf, type HostWatch } from '../gate.ts';
import { gateLights } from '../gate-lights.ts';
import { type HostBefore, presentWave } from '../record.ts';
import { type Absence, type ReadinessDeps, readinessOf, shutTogether } from './readiness.ts';
import type { RolloutState } from './rollout-state.ts';
import type { UnitWatch } from './unit-watch.ts';

export type LookDeps = ReadinessDeps & {
  clock: Pick<Clock, 'now' | 'monotonic'>;
  ledger: Pick<Ledger, 'inMemory'>;
  sessions: Sessions;
  views: Pick<HostViews, 'compartments' | 'isPrepared'>;
  units: UnitWatch;
};

/** `broken`: the hosts with a broken gate. */
export type Seen = RolloutEventOf<'look'> & { broken: readonly string[] };

/** A host's present state. The gate later compares with it to find new faults. */
export function sampleBefore({ roster, views }: Pick<LookDeps, 'roster' | 'views'>, hostId: string): HostBefore {
  const { agent, system, tests } = views.compartments(hostId);
  const failedUnits = roster.byId(hostId)?.known?.report.failedUnits?.names ?? null;
  return { agent: agent.status, system: system.status, tests: tests.status, failedUnits };
}

/**
 * The present wave as it is now; null if there is none.
 *
 * @param observedSince The time since which this process could have seen everything: no earlier absence counts.
 */
export function lookAt(deps: LookDeps, state: RolloutState, now: number, observedSince: number): Seen | null {
  const { record } = state;
  const index = presentWave(record);
  const wave = record.rollout.waves[index ?? -1];
  if (!wave) return null;
  const { plan } = record.rollout;
  const due: DueHost[] = [];
  const absent: { hostId: string; code: Absence }[] = [];
  let shut: ShutSeen | null = null;
  const overdue: string[] = [];
  const proven: string[] = [];
  const sums = { running: 0, rebooting: 0, alreadyCurrent: 0, failed: 0 };
  let againstCommit = 0;
  const deadlineMs = plan.stepDeadlineMs ?? ROLLOUT_DEFAULTS.stepDeadlineMs;
  const waiting: { hostId: string; step: number }[] = [];
  const readiness = readinessOf(deps, state, now);

  for (const hostId of wave.hosts) {
    const { standing, step, commandId, next } = state.standing(hostId);
    const end = commandId === null ? null : state.command(commandId);
    if (next !== null && (standing === 'waiting' || standing === 'running')) waiting.push({ hostId, step: next });
    else if (standing === 'running') {
      sums.running += 1;
      if (readiness.reboots(step)) sums.rebooting += 1;
      const command = commandId === null ? undefined : deps.ledger.inMemory(commandId)?.command;
      // A queued command then expires by itself. That is not a failure.
      const isTried =
        command && (isActive(command.status) || end?.cancelled === 'unanswered') && command.status !== 'QUEUED';
      if (isTried && now >= (command.dispatchedAt ?? command.createdAt) + deadlineMs) overdue.push(hostId);
    } else if (standing === 'proven') {
      proven.push(hostId);
      if (state.wasCurrent(hostId)) sums.alreadyCurrent += 1;
    } else if (standing === 'failed') {
      sums.failed += 1;
      if (state.speaksAgainst(hostId)) againstCommit += 1;
    }
  }
  // An absent host is deferred at its turn, not before.
  let room = Math.max(0, (plan.maxParallel ?? ROLLOUT_DEFAULTS.maxParallel) - sums.running);
  for (const { hostId, step } of waiting) {
    const closed = readiness.shut(hostId, step);
    const away = readiness.absence(hostId);
    if (closed) shut = shutTogether(shut, closed);
    else if (away !== null && (step > 0 || room > 0)) absent.push({ hostId, code: away });
    else due.push(readiness.due(hostId, step));
    if (step === 0) room -= 1;
  }

  const forgiven = new Set(record.forgivenHosts);
  const watches = watchesOf(deps, state, proven, now, observedSince);
  const gate = gateOf(watches, rulesOf(state), forgiven);
  const connected = watches.filter(({ hostId, absentForMs }) => absentForMs === null && !forgiven.has(hostId));
  const seen: WaveSeen = { due, shut, absent, overdue, size: wave.hosts.length, proven: proven.length, ...sums };
  return {
    type: 'look',
    at: now,
    wave: seen,
    ...state.endsBefore(),
    againstCommit,
    gate,
    broken: gate.broken,
    observedSince: connected.reduce(
      (latest, { hostId }) => Math.max(latest, deps.roster.byId(hostId)?.connectedAt ?? 0),
      observedSince,
    ),
    observedUntil: connected.reduce((earliest, watch) => Math.min(earliest, heardOf(deps, watch)), now),
  };
}

/** The time up to which the host has reported all that its gate needs. Silence shows only after that, and so do words that wait. */
function heardOf({ clock, roster, sessions, units }: LookDeps, { hostId, watchesUnits }: HostWatch): number {
  const known = roster.byId(hostId)?.known;
  const unreadSince = sessions.unreadSince(hostId);
  const readUntil = unreadSince === null ? Number.POSITIVE_INFINITY : unreadSince + clock.now() - clock.monotonic();
  const heardAt = Math.min(known?.lastSeenAt ?? 0, readUntil);
  const session = watchesUnits ? sessions.of(hostId) : null;
  if (!session) return heardAt;
  return Math.min(heardAt, units.heardAt(session, known?.report.failedUnits?.sampledAt ?? null));
}

const rulesOf = ({ record }: RolloutState): GateRules => {
  const { presence = true, ignoreUnits = [] } = record.rollout.plan.gate ?? {};
  return { presence, ignoreUnits };
};

/** The gate's present observations over the present wave, for people. */
export function seeGate(deps: LookDeps, state: RolloutState, now: number, observedSince: number): RolloutGate {
  const { record } = state;
  const wave = presentWave(record);
  const hosts = record.rollout.waves[wave ?? -1]?.hosts ?? [];
  // After a start, a host's past is read first.
  const proven = hosts.filter((id) => state.standing(id).standing === 'proven' && deps.views.isPrepared(id));
  const watches = watchesOf(deps, state, proven, now, observedSince);
  return { wave, lights: wave === null ? [] : gateLights(watches, rulesOf(state), new Set(record.forgivenHosts)) };
}

/** The watches of these hosts, without removed ones. */
const watchesOf = (
  deps: LookDeps,
  state: RolloutState,
  hostIds: readonly string[],
  now: number,
  observedSince: number,
) =>
  hostIds
    .filter((hostId) => deps.roster.byId(hostId) !== null)
    .map((hostId) => watchOf(deps, state, hostId, now, observedSince));

function watchOf(deps: LookDeps, state: RolloutState, hostId: string, now: number, observedSince: number): HostWatch {
  const { roster, sessions, views } = deps;
  const host = roster.byId(hostId);
  const known = host?.known ?? null;
  const isOnline = sessions.isOnline(hostId);
  const { agent, system, tests } = views.compartments(hostId);
  const current = { agent: agent.status, system: system.status, tests: tests.status };
  const { before } = state.rows.get(hostId) ?? { before: null };
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
