import type { NewEvent } from '../../../shared/model/event.ts';
import { KEPT_SPANS } from '../marks.ts';
import type { LastReport, LastSeen } from '../records.ts';
import { commandRow } from '../rows/command-row.ts';
import { enrolmentRow } from '../rows/enrolment-row.ts';
import { rolloutPlan, rolloutRow } from '../rows/rollout-row.ts';
import { personText } from '../rows/sign-in-row.ts';
import type { Write } from '../write.ts';
import { insert, inserts, remove, replacing, setting, update, upserts } from './row-sql.ts';
import { columnsOf } from './sql.ts';

type Row = Readonly<Record<string, unknown>>;
/**
 * The statement of one kind of write. `sql` reads its row as `$1` and may return an id. `sqlOfMany` reads a list of rows and returns as
 * many ids, for a kind of which one part may hold a whole fleet's. `key`: columns in which no two rows of one list may be alike, because
 * PostgreSQL replaces no row twice in one statement.
 */
type Change<One> = { sql: string; sqlOfMany?: string; key?: readonly string[]; row: (write: One) => Row };

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** An event with every column. */
export const eventRow = ({ address = null, ...event }: NewEvent) => {
  const { at, level, category, actor, hostId, commandId, code, message, next } = event;
  return { at, level, category, actor, address, hostId, commandId, code, message, next };
};

const seenRow = ({ lastSeenAt, sampledAt, metrics }: LastSeen) => ({
  ...{ seenAt: lastSeenAt, sampledAt, metrics: JSON.stringify(metrics) },
});

const reportRow = ({ lastSeenAt, report, metrics }: LastReport) => ({
  report: JSON.stringify(report),
  ...seenRow({ lastSeenAt, sampledAt: report.sampledAt, metrics }),
});

const SEEN = 'seen_at, sampled_at, metrics';

const COMMAND =
  'id, host_id, op, status, code, takes_slot, open, dispatch_id, created_at, sent_at, ended_at, unsettled, record';

/** Every kind of write. The compiler asks for a new one here. */
export const CHANGES: { readonly [Type in Write['type']]: Change<Extract<Write, { type: Type }>> } = {
  command: {
    ...upserts('commands', COMMAND, 'id', 'status, code, open, sent_at, ended_at, unsettled, record'),
    row: ({ record }) => ({ ...commandRow(record), code: record.command.code }),
  },
  history: {
    ...inserts('history', 'command_id, at, from_status, to_status, timeout_status, cause, code'),
    row: ({ commandId, entry: { at, from, to, timeoutStatus, cause, code } }) => ({
      ...{ commandId, at, fromStatus: from, toStatus: to, timeoutStatus, cause, code },
    }),
  },
  event: {
    ...inserts('events', 'at, level, category, actor, address, host_id, command_id, code, message, next', '', 'id'),
    row: ({ event }) => eventRow(event),
  },
  dispatch: {
    sql: insert('dispatches', 'id, created_at, dispatch'),
    row: ({ dispatch }) => ({ id: dispatch.id, createdAt: dispatch.createdAt, dispatch: JSON.stringify(dispatch) }),
  },
  answer: {
    sql: insert(
      'answers',
      'actor, key, body_hash, status, answer, at',
      replacing('actor, key', 'body_hash, status, answer, at'),
    ),
    row: ({ answer }) => answer,
  },
  host_added: {
    sql: `WITH host AS (${insert('hosts', 'id, name, tags, token_hash, created_at', '', 'id')}),
      seen AS (INSERT INTO last_seen (host_id) SELECT id FROM host)
      INSERT INTO last_reports (host_id) SELECT id FROM host RETURNING NULL::bigint`,
    row: ({ host: { id, name, tags, tokenHash, createdAt } }) => ({
      ...{ id, name, tags: JSON.stringify(tags), tokenHash, createdAt },
    }),
  },
  host_changed: {
    sql: update('hosts', 'id', 'name, tags'),
    row: ({ id, name, tags }) => ({ id, name, tags: JSON.stringify(tags) }),
  },
  // The former token is the last one that the host used. One already kept stays, because its successor was never used.
  host_token: {
    sql: `WITH former AS (
        INSERT INTO former_tokens (host_id, token_hash, until)
        SELECT id, token_hash, ($1 ->> 'former_until')::bigint FROM hosts
        WHERE id = $1 ->> 'id' AND $1 ->> 'former_until' IS NOT NULL
        ON CONFLICT (host_id) DO UPDATE SET until = excluded.until),
      gone AS (DELETE FROM former_tokens WHERE host_id = $1 ->> 'id' AND $1 ->> 'former_until' IS NULL)
      UPDATE hosts SET token_hash = $1 ->> 'token_hash' WHERE id = $1 ->> 'id' RETURNING NULL::bigint`,
    row: ({ id, tokenHash, formerUntil }) => ({ id, tokenHash, formerUntil }),
  },
  former_token_gone: { sql: remove('former_tokens', 'host_id'), row: ({ id }) => ({ hostId: id }) },
  host_maintenance: {
    sql: update('hosts', 'id', 'maintenance'),
    row: ({ id, maintenance }) => ({ id, maintenance: json(maintenance) }),
  },
  host_known: {
    sql: `WITH host AS (UPDATE hosts SET hello = $1 ->> 'hello' WHERE id = $1 ->> 'host_id'),
      seen AS (${update('last_seen', 'host_id', SEEN)})
      ${update('last_reports', 'host_id', 'report')}`,
    row: ({ id, known: { lastSeenAt, report, metrics, ...hello } }) => ({
      ...{ hostId: id, hello: JSON.stringify(hello), ...reportRow({ lastSeenAt, report, metrics }) },
    }),
  },
  host_reported: {
    sql: `WITH seen AS (${update('last_seen', 'host_id', SEEN)}) ${update('last_reports', 'host_id', 'report')}`,
    row: ({ id, said }) => ({ hostId: id, ...reportRow(said) }),
  },
  hosts_seen: {
    sql: `UPDATE last_seen SET ${setting(SEEN)} FROM jsonb_populate_recordset(NULL::last_seen, $1 -> 'seen') AS row
      WHERE last_seen.host_id = row.host_id RETURNING NULL::bigint`,
    row: ({ seen }) => ({ seen: seen.map(({ id, ...one }) => columnsOf({ hostId: id, ...seenRow(one) })) }),
  },
  host_removed: { sql: remove('hosts', 'id'), row: ({ id }) => ({ id }) },
  rollout: {
    sql: insert(
      'rollouts',
      'id, status, created_at, lives_until, plan, state',
      replacing('id', 'status, lives_until, state'),
    ),
    row: ({ record }) => ({ ...rolloutRow(record), plan: rolloutPlan(record) }),
  },
  rollout_host: {
    ...upserts('rollout_hosts', 'rollout_id, host_id, host', 'rollout_id, host_id', 'host'),
    row: ({ rolloutId, host }) => ({ rolloutId, hostId: host.hostId, host: JSON.stringify(host) }),
  },
  rollout_history: {
    sql: insert('rollout_history', 'rollout_id, entry'),
    row: ({ rolloutId, entry }) => ({ rolloutId, entry: JSON.stringify(entry) }),
  },
  quarantined: {
    sql: insert('quarantine', 'commit_id, at, reason, rollout_id', replacing('commit_id', 'at, reason, rollout_id')),
    row: ({ quarantined: { commit, at, reason, rolloutId } }) => ({ commitId: commit, at, reason, rolloutId }),
  },
  unquarantined: { sql: remove('quarantine', 'commit_id'), row: ({ commit }) => ({ commitId: commit }) },
  policy: {
    sql: insert('policies', 'name, state', replacing('name', 'state')),
    row: ({ policy }) => ({ name: policy.name, state: JSON.stringify(policy) }),
  },
  signed_in: {
    sql: insert('sign_ins', 'id, actor, address, opened_at, expires_at, person'),
    row: ({ signIn }) => ({ ...signIn, person: personText(signIn.person) }),
  },
  person_asked: {
    sql: update('sign_ins', 'id', 'person'),
    row: ({ id, person }) => ({ id, person: personText(person) }),
  },
  signed_out: { sql: remove('sign_ins', 'id'), row: ({ id }) => ({ id }) },
  person_named: {
    sql: insert('people', 'actor, name, at', replacing('actor', 'name, at')),
    row: ({ named }) => named,
  },
  person_forgotten: { sql: remove('people', 'actor'), row: ({ actor }) => ({ actor }) },
  token_added: {
    sql: insert('api_tokens', 'id, name, token_hash, grants, created_at, created_by, expires_at, last_used_at'),
    row: ({ token }) => ({ ...token, grants: JSON.stringify(token.grants) }),
  },
  token_used: {
    sql: `UPDATE api_tokens SET last_used_at = ($1 ->> 'at')::bigint WHERE id = $1 ->> 'id' RETURNING NULL::bigint`,
    row: ({ id, at }) => ({ id, at }),
  },
  token_removed: { sql: remove('api_tokens', 'id'), row: ({ id }) => ({ id }) },
  enrolment_added: {
    sql: insert(
      'enrolments',
      'id, token_hash, tags, names, max_uses, uses, expires_at, approve, created_at, created_by',
    ),
    row: ({ enrolment }) => enrolmentRow(enrolment),
  },
  enrolment_used: { sql: update('enrolments', 'id', 'uses'), row: ({ id, uses }) => ({ id, uses }) },
  enrolment_removed: { sql: remove('enrolments', 'id'), row: ({ id }) => ({ id }) },
  host_enrolled: {
    sql: insert(
      'enrolled_states',
      'host_id, state_id, secret_hash, enrolment_id',
      replacing('host_id', 'state_id, secret_hash, enrolment_id'),
    ),
    row: ({ state }) => state,
  },
  host_waits: {
    sql: insert(
      'waiting_hosts',
      'id, enrolment_id, hostname, platform, address, state_id, secret_hash, reason, host_id, since, decision, decided_by',
      replacing('id', 'enrolment_id, hostname, platform, address, reason, host_id, decision, decided_by'),
    ),
    row: ({ waiting }) => waiting,
  },
  host_waits_no_more: { sql: remove('waiting_hosts', 'id'), row: ({ id }) => ({ id }) },
  notice: {
    sql: insert('notices', 'receiver, id, notice', 'ON CONFLICT DO NOTHING'),
    row: ({ receiver, notice }) => ({ receiver, id: notice.id, notice: JSON.stringify(notice) }),
  },
  notices_gone: {
    sql: `DELETE FROM notices WHERE receiver = $1 ->> 'receiver' AND seq <= ($1 ->> 'up_to')::bigint RETURNING NULL::bigint`,
    row: ({ receiver, upTo }) => ({ receiver, upTo }),
  },
  receiver: {
    sql: insert('receivers', 'name, state', replacing('name', 'state')),
    row: ({ state }) => ({ name: state.name, state: JSON.stringify(state) }),
  },
  receiver_removed: {
    sql: `WITH gone AS (DELETE FROM notices WHERE receiver = $1 ->> 'name') ${remove('receivers', 'name')}`,
    row: ({ name }) => ({ name }),
  },
  absence_told: {
    sql: `INSERT INTO absences (host_id, receiver, since)
      SELECT id, $1 ->> 'receiver', ($1 ->> 'since')::bigint FROM hosts WHERE id = $1 ->> 'host_id'
      ${replacing('host_id, receiver', 'since')} RETURNING NULL::bigint`,
    row: ({ absence }) => absence,
  },
  mark_span: {
    sql: `WITH gone AS (DELETE FROM mark_spans WHERE base <=
        (SELECT base FROM mark_spans ORDER BY base DESC LIMIT 1 OFFSET ${KEPT_SPANS - 1}))
      ${insert('mark_spans', 'base, from_event')}`,
    row: ({ span: { base, from } }) => ({ base, fromEvent: from }),
  },
  absence_over: { sql: remove('absences', 'host_id'), row: ({ hostId }) => ({ hostId }) },
};
