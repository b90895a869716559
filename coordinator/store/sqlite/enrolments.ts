import type { DatabaseSync } from 'node:sqlite';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { EnrolledState, Enrolment, StoredWaitingHost } from '../records.ts';
import { type EnrolmentRow, enrolmentOf, enrolmentRow } from '../rows/enrolment-row.ts';

export type EnrolmentStore = AtOnce<port.EnrolmentStore> & {
  add(enrolment: Enrolment): void;
  used(id: string, uses: number): void;
  remove(id: string): void;
  saveState(state: EnrolledState): void;
  saveWaiting(waiting: StoredWaitingHost): void;
  removeWaiting(id: string): void;
};

export function createEnrolmentStore(db: DatabaseSync): EnrolmentStore {
  const insert = db.prepare(
    `INSERT INTO enrolments (id, token_hash, tags, names, max_uses, uses, expires_at, approve, created_at, created_by)
     VALUES ($id, $tokenHash, $tags, $names, $maxUses, $uses, $expiresAt, $approve, $createdAt, $createdBy)`,
  );
  const use = db.prepare('UPDATE enrolments SET uses = $uses WHERE id = $id');
  const remove = db.prepare('DELETE FROM enrolments WHERE id = ?');
  const all = db.prepare(
    `SELECT id, token_hash AS tokenHash, tags, names, max_uses AS maxUses, uses, expires_at AS expiresAt, approve,
       created_at AS createdAt, created_by AS createdBy
     FROM enrolments ORDER BY created_at, id`,
  );
  const saveState = db.prepare(
    `INSERT INTO enrolled_states (host_id, state_id, secret_hash, enrolment_id)
     VALUES ($hostId, $stateId, $secretHash, $enrolmentId)
     ON CONFLICT (host_id) DO UPDATE SET state_id = excluded.state_id, secret_hash = excluded.secret_hash,
       enrolment_id = excluded.enrolment_id`,
  );
  const states = db.prepare(
    `SELECT host_id AS hostId, state_id AS stateId, secret_hash AS secretHash, enrolment_id AS enrolmentId
     FROM enrolled_states ORDER BY rowid`,
  );
  const saveWaiting = db.prepare(
    `INSERT INTO waiting_hosts (id, enrolment_id, hostname, platform, address, state_id, secret_hash, reason, host_id,
       since, decision, decided_by)
     VALUES ($id, $enrolmentId, $hostname, $platform, $address, $stateId, $secretHash, $reason, $hostId, $since,
       $decision, $decidedBy)
     ON CONFLICT (id) DO UPDATE SET hostname = excluded.hostname, platform = excluded.platform,
       address = excluded.address, reason = excluded.reason, host_id = excluded.host_id,
       enrolment_id = excluded.enrolment_id, decision = excluded.decision, decided_by = excluded.decided_by`,
  );
  const removeWaiting = db.prepare('DELETE FROM waiting_hosts WHERE id = ?');
  const waiting = db.prepare(
    `SELECT id, enrolment_id AS enrolmentId, hostname, platform, address, state_id AS stateId,
       secret_hash AS secretHash, reason, host_id AS hostId, since, decision, decided_by AS decidedBy
     FROM waiting_hosts ORDER BY since, id`,
  );
  return {
    add: (enrolment) => void insert.run(enrolmentRow(enrolment)),
    used: (id, uses) => void use.run({ id, uses }),
    remove: (id) => void remove.run(id),
    saveState: (state) => void saveState.run({ ...state }),
    saveWaiting: (one) => void saveWaiting.run({ ...one }),
    removeWaiting: (id) => void removeWaiting.run(id),
    list: () => all.all().map((row) => enrolmentOf(row as EnrolmentRow)),
    states: () => states.all().map((row) => ({ ...(row as EnrolledState) })),
    waiting: () => waiting.all().map((row) => ({ ...(row as StoredWaitingHost) })),
  };
}
