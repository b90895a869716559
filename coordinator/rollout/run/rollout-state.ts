import { isActiveRollout, type RolloutCounts, type Standing } from '../../../shared/model/rollout.ts';
import {
  type CommandEnd,
  livesUntil,
  presentWave,
  type RolloutHostRow,
  type RolloutRecord,
  type StoredRollout,
  type StoredStepCommand,
} from '../record.ts';
import { didNothing, type HostStanding, type StepCommand, speaksAgainstCommit, standingOf } from '../standing.ts';

/**
 * A rollout at one moment: its record, its hosts' rows and the state of their commands. A host's standing is computed from these whenever
 * one of them changes. It is never set.
 */
export type RolloutState = {
  record: RolloutRecord;
  readonly rows: ReadonlyMap<string, RolloutHostRow>;
  putRow(row: RolloutHostRow): void;
  putCommand(end: CommandEnd): void;
  dropCommand(id: string): void;
  command(id: string): CommandEnd | null;
  standing(hostId: string): HostStanding;
  /** Whether no step and no attempt found anything to do on this host. */
  wasCurrent(hostId: string): boolean;
  /** The host was removed or came back. Its standing is recomputed at the next call. */
  forget(hostId: string): void;
  counts(): RolloutCounts;
  /** The numbers of hosts of earlier waves that are proven, that failed, and that failed after activation. */
  endsBefore(): { provenBefore: number; failedBefore: number; againstBefore: number };
  /** Whether this failed host failed after activation. */
  speaksAgainst(hostId: string): boolean;
  hostOf(commandId: string): string | null;
  isOver(now: number): boolean;
};

export function createRolloutState(stored: StoredRollout, isThere: (hostId: string) => boolean): RolloutState {
  const rows = new Map(stored.hosts.map((row) => [row.hostId, row]));
  const commands = new Map(stored.commands.map((end) => [end.id, end]));
  const owners = new Map<string, string>();
  const standings = new Map<string, HostStanding>();
  let { record } = stored;

  const own = (row: RolloutHostRow): void => {
    for (const { commandId } of row.turns) owners.set(commandId, row.hostId);
  };
  for (const row of rows.values()) own(row);

  const compute = (hostId: string): HostStanding => {
    const row = rows.get(hostId);
    if (!row) throw new Error(`${hostId} is no host of the rollout`);
    return computeStanding(record.rollout, row, commands, isThere(hostId));
  };

  function standing(hostId: string): HostStanding {
    const known = standings.get(hostId) ?? compute(hostId);
    standings.set(hostId, known);
    return known;
  }

  function speaksAgainst(hostId: string): boolean {
    const end = commands.get(standing(hostId).commandId ?? '');
    return end !== undefined && speaksAgainstCommit(end);
  }

  return {
    get record() {
      return record;
    },
    set record(next) {
      if (next.rollout.status !== record.rollout.status) standings.clear();
      record = next;
    },
    rows,
    putRow(row) {
      rows.set(row.hostId, row);
      own(row);
      standings.delete(row.hostId);
    },
    putCommand(end) {
      commands.set(end.id, end);
      standings.delete(owners.get(end.id) ?? '');
    },
    dropCommand(id) {
      commands.delete(id);
      standings.delete(owners.get(id) ?? '');
    },
    command: (id) => commands.get(id) ?? null,
    standing,
    wasCurrent(hostId) {
      const kept = rows.get(hostId)?.turns.filter((turn) => !isWithdrawn(turn, commands)) ?? [];
      const ends = kept.map(({ commandId }) => commands.get(commandId));
      return ends.every((end) => end && didNothing(end)) && ends.at(-1)?.code === 'already_current';
    },
    forget: (hostId) => void standings.delete(hostId),
    counts() {
      const counts = { waiting: 0, running: 0, proven: 0, failed: 0, deferred: 0, skipped: 0 };
      for (const hostId of rows.keys()) counts[standing(hostId).standing] += 1;
      return counts;
    },
    endsBefore() {
      const present = presentWave(record) ?? record.rollout.waves.length;
      const before = record.rollout.waves.slice(0, present).flatMap(({ hosts }) => hosts);
      const those = (which: Standing) => before.filter((hostId) => standing(hostId).standing === which);
      const failed = those('failed');
      return {
        provenBefore: those('proven').length,
        failedBefore: failed.length,
        againstBefore: failed.filter(speaksAgainst).length,
      };
    },
    speaksAgainst,
    hostOf: (commandId) => owners.get(commandId) ?? null,
    isOver: (now) => livesUntil(record) <= now,
  };
}

/** Every command of a rollout, of all attempts. */
export const commandIdsOf = (state: RolloutState): string[] =>
  [...state.rows.values()].flatMap(({ turns }) => turns.map(({ commandId }) => commandId));

type Ends = ReadonlyMap<string, CommandEnd>;

/** Excludes a command that its host may have begun before it was taken back: that host has had its turn. */
const isWithdrawn = ({ withdrawn, commandId }: StoredStepCommand, commands: Ends): boolean =>
  withdrawn && commands.get(commandId)?.cancelled === 'never_ran';

/** Of one host. `isThere`: it has not been removed. */
function computeStanding(
  { steps, status }: RolloutRecord['rollout'],
  row: RolloutHostRow,
  commands: Ends,
  isThere: boolean,
): HostStanding {
  const tried = row.turns
    .filter(({ attempt }) => attempt === row.attempt)
    .flatMap(({ step, commandId, withdrawn }): StepCommand[] => {
      const end = commands.get(commandId);
      if (!end) return [];
      const { status, code, cancelled } = end;
      return [{ step, commandId, status, code, isUnanswered: withdrawn && cancelled === 'unanswered' }];
    });
  const withdrawn = new Set(row.turns.flatMap((turn) => (isWithdrawn(turn, commands) ? turn.commandId : [])));
  const { passedOver, overdue, skipped } = row;
  const standing = standingOf(tried, steps.length, {
    withdrawn,
    passedOver,
    overdue,
    skipped: skipped || !isThere,
  });
  const isBegun = standing.standing !== 'waiting' && standing.next === null;
  // After FAILED and STOPPED no host begins.
  return isBegun || isActiveRollout(status) || status === 'DONE'
    ? standing
    : { ...standing, standing: 'skipped', next: null };
}
