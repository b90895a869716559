import { type Command, isActive } from '../../../shared/model/command.ts';
import type { Rests } from './rest.ts';
import type { Row, Watched } from './row.ts';

/** The rows of the watched commands. An end is shown once its output is here, or nobody waits for that any more. */
export type WatchedRows = {
  /** The rows of commands that were seen, in the order in which they were named. */
  known(): Row[];
  isWatched(id: string): boolean;
  /** Every watched command was seen. */
  areComplete(): boolean;
  /** Some ends are not shown yet. */
  oweEnds(): boolean;
  take(command: Command): void;
  /** Shows the ends whose output has come meanwhile. */
  look(): void;
  /** Shows the other ends too. */
  showAll(): void;
};

export type WatchedRowsDeps = {
  watched: readonly Watched[];
  rests: Pick<Rests, 'awaited'>;
  show: (row: Row) => void;
};

export function createWatchedRows({ watched, rests, show }: WatchedRowsDeps): WatchedRows {
  const byId = new Map(watched.map((one) => [one.id, one]));
  const rows = new Map<string, Row>();
  /** Ends that are not shown yet. */
  const owed = new Set<string>();

  const known = (): Row[] => watched.flatMap(({ id }) => rows.get(id) ?? []);

  const restOf = (command: Command) => (isActive(command.status) ? null : rests.awaited(command));

  function showEnd(row: Row): void {
    if (owed.delete(row.id)) show(row);
  }

  return {
    known,
    isWatched: (id) => byId.has(id),
    areComplete: () => rows.size === watched.length,
    oweEnds: () => owed.size > 0,
    take(command) {
      const one = byId.get(command.id);
      const before = rows.get(command.id)?.command;
      if (!one || (before && isNewer(before, command))) return;
      const row = { ...one, command, rest: restOf(command) };
      rows.set(command.id, row);
      if (row.rest) owed.add(command.id);
      else if (before?.rev !== command.rev && !owed.has(command.id)) show(row);
    },
    look() {
      for (const row of known()) {
        row.rest = restOf(row.command);
        if (!row.rest) showEnd(row);
      }
    },
    showAll() {
      for (const row of known()) showEnd({ ...row, rest: null });
    },
  };
}

const isNewer = (one: Command, other: Command): boolean =>
  one.rev > other.rev || (one.rev === other.rev && one.output.bytes > other.output.bytes);
