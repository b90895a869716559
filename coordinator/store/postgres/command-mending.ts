import { isActive } from '../../../shared/model/command.ts';
import type { CommandRecord } from '../../lifecycle/record.ts';
import { type CommandRow, givenUp, lostForDamage, soundRecord } from '../rows/command-row.ts';
import { CHANGES } from './changes.ts';
import type { Damages } from './damages.ts';
import type { WriteRows } from './rows.ts';

/** Mends rows of commands that are damaged, or gives them up. */
export function createCommandMending(writeRows: WriteRows, damages: Damages) {
  const giveUp = (id: string, columns: ReturnType<typeof givenUp>): Promise<number> =>
    writeRows(
      `UPDATE commands SET status = $1 ->> 'status', open = 0, ended_at = ($1 ->> 'ended_at')::bigint,
         unsettled = ($1 ->> 'unsettled')::integer WHERE id = $1 ->> 'id'`,
      { id, ...columns },
    );

  /** Empty for a damaged row, which is given up in its columns alone. */
  async function toLive(row: CommandRow): Promise<CommandRecord[]> {
    const { id, hostId, status } = row;
    const sound = soundRecord(row);
    if (sound) return [sound];
    await giveUp(id, givenUp(row));
    damages.found({ table: 'commands', id, hostId, lostFrom: isActive(status) ? status : null });
    return [];
  }

  const save = (record: CommandRecord): Promise<number> =>
    writeRows(CHANGES.command.sql, CHANGES.command.row({ type: 'command', record }));

  /** Restores an unknown status from the row's record; LOST if the record can't tell. */
  async function mend(row: CommandRow): Promise<void> {
    const { id, hostId, sentAt, endedAt } = row;
    const sound = soundRecord(row);
    if (!sound) await giveUp(id, { status: 'LOST', endedAt: endedAt ?? sentAt, unsettled: 1 });
    // The save is refused if another command has taken its place.
    else await save(sound).catch(() => save(lostForDamage(sound, sentAt)));
    damages.found({ table: 'commands', id, hostId, lostFrom: null, mended: sound !== null });
  }

  return { toLive, mend };
}
