import type { DatabaseSync } from 'node:sqlite';
import { isActive, STATUSES } from '../../../shared/model/command.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import { type CommandRow, givenUp, lostForDamage, quoted, soundRecord, substitute } from '../rows/command-row.ts';
import type { Damages } from './damages.ts';

/** Reads rows of commands, damaged ones too, and reports the damage. */
export type CommandRepair = {
  /** A damaged row gives a substitute, and stays as it is. */
  read(row: unknown): CommandRecord;
  /** Null for a damaged row. Only its columns are then set to an end. */
  readLive(row: unknown): CommandRecord | null;
  /** Restores unknown statuses from their rows' records; LOST if a row has none, or one that is impossible by now. */
  mendStrays(): void;
};

export type CommandRepairDeps = {
  db: DatabaseSync;
  /** The columns of a `CommandRow`, for SELECT. */
  columns: string;
  damages: Damages;
  /** Throws if the record conflicts with the others. */
  write: (record: CommandRecord) => void;
};

export function createCommandRepair({ db, columns, damages, write }: CommandRepairDeps): CommandRepair {
  // Steps from each distinct status to the next: one step down the index for each, however many rows have it.
  const strays = db.prepare(
    `WITH RECURSIVE words(word) AS (
       SELECT min(status) FROM commands
       UNION ALL SELECT (SELECT min(status) FROM commands WHERE status > word) FROM words WHERE word IS NOT NULL)
     SELECT ${columns} FROM words JOIN commands ON status = word WHERE word NOT IN (${quoted(STATUSES)})`,
  );
  const giveUp = db.prepare('UPDATE commands SET status = ?, open = 0, ended_at = ?, unsettled = ? WHERE id = ?');

  const mend = (row: CommandRow): void => {
    const { id, hostId, sentAt, endedAt } = row;
    const sound = soundRecord(row);
    if (!sound) giveUp.run('LOST', endedAt ?? sentAt, 1, id);
    else
      try {
        write(sound);
      } catch {
        write(lostForDamage(sound, sentAt));
      }
    damages.found({ table: 'commands', id, hostId, lostFrom: null, mended: sound !== null });
  };

  return {
    read(row) {
      const read = row as CommandRow;
      const sound = soundRecord(read);
      if (!sound) damages.found({ table: 'commands', id: read.id, hostId: read.hostId, lostFrom: null });
      return sound ?? substitute(read);
    },
    readLive(row) {
      const read = row as CommandRow;
      const { id, hostId, status } = read;
      const sound = soundRecord(read);
      if (sound) return sound;
      const gone = givenUp(read);
      giveUp.run(gone.status, gone.endedAt, gone.unsettled, id);
      damages.found({ table: 'commands', id, hostId, lostFrom: isActive(status) ? status : null });
      return null;
    },
    mendStrays() {
      for (const row of strays.all()) mend(row as CommandRow);
    },
  };
}
