import type { Clock } from '../../shared/time/clock.ts';
import { COMMAND_VARIABLE } from '../config/command-environment.ts';
import type { KillJournal } from '../kill/kill-journal.ts';
import type { ProcessTable } from '../kill/process-table.ts';
import type { ProcessTree } from '../kill/process-tree.ts';
import type { Launcher, SeenExit } from '../launch/launcher.ts';
import type { ProcessIdentity, SpoolEntry, Started } from '../spool/spool-entry.ts';
import { type Ending, lostAt } from './ending.ts';

/** Finds out whether a command has ended, and how: by its mark, its processes and other witnesses. */
export type EndFinder = {
  /** Null while it goes on. */
  find(start: { started: Started | null; startedAt: number | null }): Promise<Ending | null>;
  /** The end of a command that left no record of it. */
  lost(): Ending;
};

export type EndFinderDeps = {
  entry: SpoolEntry;
  launcher: Launcher;
  table: ProcessTable;
  journal: Pick<KillJournal, 'past'>;
  clock: Clock;
  /** How the wrapper ended, if the launch knows; never rejects. */
  exited: Promise<SeenExit> | null;
  /** The command was accepted in the present boot. */
  acceptedThisBoot: boolean;
  /** The command runs, or ran, in the present boot. */
  isThisBoot: () => boolean;
  tree: () => Promise<ProcessTree>;
};

export function createEndFinder(deps: EndFinderDeps): EndFinder {
  const { entry, launcher, table, journal, clock, isThisBoot } = deps;
  /** A step outlived its wrapper, so the wrapper's end says nothing about the command's. */
  let orphaned = false;

  /** systemd's own process in a unit, which reports the wrapper's end, carries no tag. */
  const isOfStep = ({ pid }: ProcessIdentity) =>
    launcher.name !== 'systemd' || table.variable(pid, COMMAND_VARIABLE) === entry.spec.id;

  /** Asked once wrapper and readers are gone. */
  function unfound(): Ending['unfound'] {
    // No process outlives its boot.
    if (!isThisBoot()) return null;
    if (entry.outputHeld()) return 'output_held';
    return table.readsVariables ? null : 'not_visible';
  }

  function ending(known: Omit<Ending, 'kill' | 'unfound'>): Ending {
    const { exitCode, signal, lost, leftovers, endedAt } = known;
    const { termAt, killAt } = journal.past();
    const kill = termAt === null && killAt === null ? null : { termAt, killAt };
    // A kill that ended it is known, even if nobody is left to report an exit code.
    const killed = kill !== null && isThisBoot();
    return { exitCode, signal, lost: lost && !killed, leftovers, unfound: unfound(), endedAt, kill };
  }

  /** Whether somebody killed the wrapper but not the reader, which dies with a whole command. Ask only once the readers are gone. */
  async function isKilledAlone(): Promise<boolean> {
    const { termAt, killAt } = journal.past();
    return termAt === null && killAt === null && (await entry.drained());
  }

  const lost = (): Ending => ending(lostAt(clock.now()));

  return {
    /** Looks at the wrapper before the mark: a wrapper that leaves between the two looks has written its mark by then. */
    async find({ started, startedAt }) {
      const alive = isThisBoot() && started !== null && (await table.isAlive(started.wrapper));
      const mark = await entry.exitMark();
      if (mark)
        return ending({ ...mark, signal: null, lost: false, endedAt: writtenAt(mark, startedAt ?? 0, clock.now()) });
      if (alive) return null;
      const { members, readers } = await deps.tree();
      orphaned ||= members.some((member) => isOfStep(member) && !table.isDying(member.pid));
      if (members.length > 0 || readers.length > 0) return null;
      // The last writes of an earlier boot may not have reached the disk.
      const seen = orphaned || !deps.acceptedThisBoot ? null : ((await deps.exited) ?? (await launcher.witness(entry)));
      if (seen === 'pending') return null;
      // A wrapper killed during cleanup, or without its reader, takes its steps' exit code with it.
      const isUntold = seen !== null && seen.signal !== null && (!(await entry.claimEnd()) || (await isKilledAlone()));
      if (seen && !isUntold) return ending({ ...seen, lost: false, leftovers: 0, endedAt: clock.now() });
      return lost();
    },
    lost,
  };
}

/** The wrapper's own time, not that of the look: a step's timestamps must not look older than its start. */
export const writtenAt = ({ at }: { at: number }, earliest: number, now: number): number =>
  Math.max(earliest, Math.min(at, now));
