import type { EnrolmentStore } from '../port.ts';
import type { EnrolledState, StoredWaitingHost } from '../records.ts';
import { type EnrolmentRow, enrolmentOf } from '../rows/enrolment-row.ts';
import type { Database } from './database.ts';

export const createEnrolmentStore = ({ ask }: Pick<Database, 'ask'>): EnrolmentStore => ({
  async list() {
    const rows = await ask<EnrolmentRow>({
      sql: `SELECT id, token_hash, tags, names, max_uses, uses, expires_at, approve, created_at, created_by
        FROM enrolments ORDER BY created_at, id`,
    });
    return rows.map(enrolmentOf);
  },
  states: () => ask<EnrolledState>({ sql: 'SELECT host_id, state_id, secret_hash, enrolment_id FROM enrolled_states' }),
  waiting: () =>
    ask<StoredWaitingHost>({
      sql: `SELECT id, enrolment_id, hostname, platform, address, state_id, secret_hash, reason, host_id, since,
          decision, decided_by
        FROM waiting_hosts ORDER BY since, id`,
    }),
});
