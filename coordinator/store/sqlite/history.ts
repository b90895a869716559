import type { DatabaseSync } from 'node:sqlite';
import type { HistoryEntry } from '../../../shared/model/command.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import { soundEntry } from '../rows/words.ts';

export type HistoryStore = AtOnce<port.HistoryStore> & {
  append(commandId: string, entry: HistoryEntry): void;
};

export function createHistoryStore(db: DatabaseSync): HistoryStore {
  const append = db.prepare(
    `INSERT INTO history (command_id, at, from_status, to_status, timeout_status, cause, code)
     VALUES ($commandId, $at, $from, $to, $timeoutStatus, $cause, $code)`,
  );
  const ofCommand = db.prepare(
    `SELECT at, from_status AS "from", to_status AS "to", timeout_status AS timeoutStatus, cause, code
     FROM history WHERE command_id = ? ORDER BY id`,
  );
  return {
    append: (commandId, { at, from, to, timeoutStatus, cause, code }) =>
      void append.run({ commandId, at, from, to, timeoutStatus, cause, code }),
    of: (commandId) => ofCommand.all(commandId).map((row) => soundEntry({ ...row } as HistoryEntry)),
  };
}
