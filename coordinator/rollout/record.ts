import type { Status } from '../../shared/model/command.ts';
import type { CheckStatus } from '../../shared/model/report.ts';
import { isActiveRollout, ROLLOUT_DEFAULTS, type Rollout } from '../../shared/model/rollout.ts';
import { type CommandRecord, neverRan } from '../lifecycle/record.ts';

/** The present wave's soak: the time left as of the end of observation. */
export type Soak = { leftMs: number; observedUntil: number };

/** The stored part of a rollout: plan, frozen waves, times and decisions. Hosts' standings are computed from their commands. */
export type RolloutRecord = {
  rollout: Omit<Rollout, 'counts'>;
  /** Waves that a person let go. */
  approvedWaves: readonly number[];
  soak: Soak | null;
  /** Failures after which a person resumed. They no longer stop the rollout. */
  forgiven: number;
  /** The forgiven failures after activation. They no longer cause a quarantine. */
  forgivenAgainst?: number;
  /** Hosts at whose broken gate a person resumed. */
  forgivenHosts: readonly string[];
  /** A person resumed past the missing proof of the present wave. */
  passesUnproven?: true | undefined;
  /** A person paused the rollout, and nobody has resumed it. No newer commit replaces it, even if hosts fail meanwhile. */
  held?: boolean;
  /** When its status or the code of its reason last changed; absent before the first change. */
  since?: number;
  /** The rollout has quarantined its commit. */
  quarantined: boolean;
};

/** The present wave: the first that is not over; null once all are. */
export const presentWave = ({ rollout }: RolloutRecord): number | null => {
  const index = rollout.waves.findIndex(({ status }) => status !== 'done');
  return index < 0 ? null : index;
};

/** A command that the rollout dispatched. `withdrawn`: it took the command back before an accept was heard. The host may have begun it. */
export type StoredStepCommand = { attempt: number; step: number; commandId: string; withdrawn: boolean };

/** A host's state, as known before the rollout touched it. */
export type HostBefore = {
  agent: CheckStatus;
  system: CheckStatus;
  tests: CheckStatus;
  failedUnits: readonly string[] | null;
};

/** The stored part of a rollout's host: decisions and dispatched commands. */
export type RolloutHostRow = {
  hostId: string;
  /** Its name when the rollout was made, for when it is gone. */
  name: string;
  wave: number;
  /** Grows with each further turn, given by a person or by the host's return. */
  attempt: number;
  turns: readonly StoredStepCommand[];
  passedOver: string | null;
  overdue: boolean;
  skipped: boolean;
  before: HostBefore | null;
};

export const newHostRow = (hostId: string, name: string, wave: number): RolloutHostRow => ({
  hostId,
  name,
  wave,
  attempt: 0,
  turns: [],
  passedOver: null,
  overdue: false,
  skipped: false,
  before: null,
});

/** The host before a further turn: nothing decided, nothing tried. Earlier turns stay listed. */
export const anotherTurn = (row: RolloutHostRow): RolloutHostRow => ({
  ...row,
  attempt: row.attempt + 1,
  passedOver: null,
  overdue: false,
  skipped: false,
});

/** The part of a command that a rollout reads. */
export type CommandEnd = {
  id: string;
  status: Status;
  code: string | null;
  /** Set for a cancelled command that its host did not run, or has not answered yet. Null if it may have run, and for other commands. */
  cancelled: 'never_ran' | 'unanswered' | null;
};

export function endOf(record: CommandRecord): CommandEnd {
  const { id, status, code } = record.command;
  const word = neverRan(record) ? 'never_ran' : record.open ? 'unanswered' : null;
  return { id, status, code, cancelled: status === 'CANCELLED' ? word : null };
}

/** A rollout as it is stored: its record, its hosts, and how their commands stand. */
export type StoredRollout = {
  record: RolloutRecord;
  hosts: readonly RolloutHostRow[];
  commands: readonly CommandEnd[];
};

/** Until when a rollout may change: for ever while active; once done, until its catch-up ends; otherwise 0. */
export function livesUntil({ rollout }: RolloutRecord): number {
  if (isActiveRollout(rollout.status)) return Number.MAX_SAFE_INTEGER;
  if (rollout.status !== 'DONE' || rollout.finishedAt === null) return 0;
  return rollout.finishedAt + (rollout.plan.catchUpMs ?? ROLLOUT_DEFAULTS.catchUpMs);
}
