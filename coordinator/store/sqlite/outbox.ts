import type { DatabaseSync } from 'node:sqlite';
import type { Notice } from '../../../shared/model/notify.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { QueuedNotice, ReceiverState, ToldAbsence } from '../records.ts';

export type OutboxStore = AtOnce<port.OutboxStore> & {
  add(receiver: string, notice: Notice): void;
  drop(receiver: string, upTo: number): void;
  saveReceiver(state: ReceiverState): void;
  removeReceiver(name: string): void;
  tellAbsence(absence: ToldAbsence): void;
  endAbsence(hostId: string): void;
};

export function createOutboxStore(db: DatabaseSync): OutboxStore {
  const add = db.prepare('INSERT INTO notices (receiver, id, notice) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const next = db.prepare('SELECT seq, notice FROM notices WHERE receiver = ? ORDER BY seq LIMIT ?');
  const drop = db.prepare('DELETE FROM notices WHERE receiver = ? AND seq <= ?');
  const dropAll = db.prepare('DELETE FROM notices WHERE receiver = ?');
  const waiting = db.prepare(
    'SELECT receiver, count(*) AS notices, sum(octet_length(notice)) AS bytes FROM notices GROUP BY receiver',
  );
  const save = db.prepare(
    'INSERT INTO receivers (name, state) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state',
  );
  const remove = db.prepare('DELETE FROM receivers WHERE name = ?');
  const receivers = db.prepare('SELECT state FROM receivers ORDER BY name');
  const tell = db.prepare(
    `INSERT INTO absences (host_id, receiver, since) SELECT id, $receiver, $since FROM hosts WHERE id = $hostId
     ON CONFLICT (host_id, receiver) DO UPDATE SET since = excluded.since`,
  );
  const end = db.prepare('DELETE FROM absences WHERE host_id = ?');
  const absences = db.prepare('SELECT host_id AS hostId, receiver, since FROM absences ORDER BY host_id, receiver');
  return {
    add: (receiver, notice) => void add.run(receiver, notice.id, JSON.stringify(notice)),
    next: (receiver, limit) =>
      next
        .all(receiver, limit)
        .map(({ seq, notice }): QueuedNotice => ({ seq: Number(seq), notice: JSON.parse(String(notice)) })),
    drop: (receiver, upTo) => void drop.run(receiver, upTo),
    waiting: () => waiting.all().map((row) => ({ ...(row as { receiver: string; notices: number; bytes: number }) })),
    saveReceiver: (state) => void save.run(state.name, JSON.stringify(state)),
    removeReceiver(name) {
      dropAll.run(name);
      remove.run(name);
    },
    receivers: () => receivers.all().map(({ state }) => JSON.parse(String(state))),
    tellAbsence: ({ hostId, receiver, since }) => void tell.run({ hostId, receiver, since }),
    endAbsence: (hostId) => void end.run(hostId),
    absences: () => absences.all().map((row) => ({ ...(row as ToldAbsence) })),
  };
}
