import { ACTIVE_STATUSES, type Status } from '../../../shared/model/command.ts';
import { quoted } from '../rows/command-row.ts';
import { APPEND_FUNCTION, INSERT_OUTPUT_FUNCTIONS, WRITE_FUNCTIONS, WRITE_TOGETHER_FUNCTION } from './functions.ts';

/** Active statuses except QUEUED. Their commands hold their host's slot. */
const holding = quoted(ACTIVE_STATUSES.filter((status: Status) => status !== 'QUEUED'));

/**
 * The lease, and the number of the schema's steps taken. Every coordinator creates these tables, so they never change.
 */
export const GROUND = `
  CREATE TABLE IF NOT EXISTS lead (
    id         integer PRIMARY KEY CHECK (id = 1),
    term       bigint NOT NULL,
    holder     text NOT NULL,
    url        text,
    expires_at timestamptz NOT NULL
  );
  INSERT INTO lead (id, term, holder, expires_at) VALUES (1, 0, '', '-infinity') ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS schema_steps (id integer PRIMARY KEY CHECK (id = 1), taken integer NOT NULL);
  INSERT INTO schema_steps (id, taken) VALUES (1, 0) ON CONFLICT DO NOTHING;
`;

/**
 * The schema as append-only steps: a released step is never edited. Only the leader takes them.
 * The tables are those of `store/sqlite/`; ids sort by their bytes, as there.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE hosts (
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    id          text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    tags        text NOT NULL,
    token_hash  text NOT NULL UNIQUE,
    created_at  bigint NOT NULL,
    hello       text,
    maintenance text
  );
  CREATE TABLE last_reports (
    host_id      text COLLATE "C" PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    last_seen_at bigint,
    report       text,
    metrics      text
  );
  CREATE TABLE former_tokens (
    host_id    text COLLATE "C" PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    token_hash text NOT NULL UNIQUE,
    until      bigint NOT NULL
  );

  -- No foreign key to hosts: the commands of a removed host stay readable.
  CREATE TABLE commands (
    id          text COLLATE "C" PRIMARY KEY,
    host_id     text COLLATE "C" NOT NULL,
    op          text NOT NULL,
    status      text COLLATE "C" NOT NULL,
    -- Of the record, for rollouts: a damaged record has no other.
    code        text,
    takes_slot  integer NOT NULL,
    open        integer NOT NULL,
    dispatch_id text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    sent_at     bigint NOT NULL,
    ended_at    bigint,
    unsettled   integer NOT NULL,
    record      text NOT NULL
  );
  CREATE UNIQUE INDEX commands_one_in_slot ON commands (host_id) WHERE takes_slot = 1 AND status IN (${holding});
  CREATE UNIQUE INDEX commands_one_of_op ON commands (host_id, op)
    WHERE op IN ('kill', 'cancel', 'restart', 'reboot') AND status IN (${holding});
  CREATE INDEX commands_live ON commands (id) WHERE open = 1 OR status IN (${quoted(ACTIVE_STATUSES)});
  CREATE INDEX commands_by_host ON commands (host_id, id);
  CREATE INDEX commands_by_host_status ON commands (host_id, status, id);
  CREATE INDEX commands_by_status ON commands (status, id);
  CREATE INDEX commands_by_op ON commands (op, id);
  CREATE INDEX commands_by_host_op ON commands (host_id, op, id);
  CREATE INDEX commands_by_dispatch ON commands (dispatch_id, id);
  CREATE INDEX commands_unsettled ON commands (host_id, id) WHERE unsettled = 1;
  CREATE INDEX commands_settling ON commands (host_id, sent_at) WHERE status = 'SUCCESS' AND op NOT IN ('kill', 'cancel');
  CREATE INDEX commands_ended ON commands (ended_at) WHERE open = 0;

  CREATE TABLE history (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command_id     text COLLATE "C" NOT NULL REFERENCES commands (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    at             bigint NOT NULL,
    from_status    text,
    to_status      text NOT NULL,
    timeout_status text NOT NULL,
    cause          text NOT NULL,
    code           text
  );
  CREATE INDEX history_by_command ON history (command_id, id);

  CREATE TABLE events (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         bigint NOT NULL,
    level      text NOT NULL,
    category   text NOT NULL,
    actor      text NOT NULL,
    address    text,
    host_id    text COLLATE "C",
    command_id text COLLATE "C",
    code       text NOT NULL,
    message    text NOT NULL,
    next       text
  );
  CREATE INDEX events_by_host ON events (host_id, id);
  CREATE INDEX events_by_command ON events (command_id, id);
  CREATE INDEX events_by_level ON events (level, id);
  CREATE INDEX events_by_time ON events (at, id);
  CREATE INDEX events_by_category ON events (category, at, id);

  CREATE TABLE dispatches (id text COLLATE "C" PRIMARY KEY, created_at bigint NOT NULL, dispatch text NOT NULL);
  CREATE INDEX dispatches_by_time ON dispatches (created_at);

  CREATE TABLE answers (
    actor     text NOT NULL,
    key       text NOT NULL,
    body_hash text NOT NULL,
    status    integer NOT NULL,
    answer    text NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (actor, key)
  );
  CREATE INDEX answers_by_time ON answers (at);

  CREATE TABLE sign_ins (
    id         text COLLATE "C" PRIMARY KEY,
    actor      text NOT NULL,
    address    text NOT NULL,
    opened_at  bigint NOT NULL,
    expires_at bigint NOT NULL
  );
  CREATE TABLE api_tokens (
    id           text COLLATE "C" PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    token_hash   text NOT NULL UNIQUE,
    grants       text NOT NULL,
    created_at   bigint NOT NULL,
    created_by   text NOT NULL,
    expires_at   bigint,
    last_used_at bigint
  );

  CREATE TABLE rollouts (
    id          text COLLATE "C" PRIMARY KEY,
    status      text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    lives_until bigint NOT NULL,
    plan        text NOT NULL,
    state       text NOT NULL
  );
  CREATE INDEX rollouts_by_life ON rollouts (lives_until);
  CREATE INDEX rollouts_by_status ON rollouts (status, id);
  CREATE TABLE rollout_hosts (
    rollout_id text COLLATE "C" NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    host_id    text COLLATE "C" NOT NULL,
    host       text NOT NULL,
    PRIMARY KEY (rollout_id, host_id)
  );
  CREATE TABLE rollout_history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rollout_id text COLLATE "C" NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    entry      text NOT NULL
  );
  CREATE INDEX rollout_history_by_rollout ON rollout_history (rollout_id, id);
  CREATE TABLE quarantine (
    commit_id  text COLLATE "C" PRIMARY KEY,
    at         bigint NOT NULL,
    reason     text NOT NULL,
    rollout_id text
  );

  CREATE TABLE probe (id integer PRIMARY KEY CHECK (id = 1), writes bigint NOT NULL);
  INSERT INTO probe (id, writes) VALUES (1, 0);

${WRITE_FUNCTIONS}  `,
  `
  CREATE TABLE enrolments (
    id         text COLLATE "C" PRIMARY KEY,
    token_hash text NOT NULL UNIQUE,
    tags       text NOT NULL,
    names      text,
    max_uses   bigint,
    uses       bigint NOT NULL,
    expires_at bigint,
    approve    integer NOT NULL,
    created_at bigint NOT NULL,
    created_by text NOT NULL
  );
  CREATE TABLE enrolled_states (
    host_id      text COLLATE "C" PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    state_id     text NOT NULL UNIQUE,
    secret_hash  text NOT NULL,
    enrolment_id text NOT NULL
  );
  CREATE TABLE waiting_hosts (
    id           text COLLATE "C" PRIMARY KEY,
    enrolment_id text COLLATE "C" NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    hostname     text NOT NULL,
    platform     text NOT NULL,
    address      text NOT NULL,
    state_id     text NOT NULL,
    secret_hash  text NOT NULL,
    reason       text NOT NULL,
    host_id      text,
    since        bigint NOT NULL,
    decision     text,
    decided_by   text
  );
  CREATE INDEX waiting_hosts_by_enrolment ON waiting_hosts (enrolment_id);
  `,
  `
  -- Of the day on which the command was made. Rows are only inserted; a day's partition is dropped with its last command.
  CREATE TABLE output (
    day        date NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    at_byte    bigint NOT NULL,
    bytes      bytea NOT NULL,
    arrived_at bigint,
    PRIMARY KEY (day, command_id, at_byte)
  ) PARTITION BY RANGE (day);

${APPEND_FUNCTION}  `,
  `
  CREATE TABLE notices (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    receiver text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    notice   text NOT NULL,
    UNIQUE (receiver, id)
  );
  CREATE INDEX notices_by_receiver ON notices (receiver, seq);
  CREATE TABLE receivers (name text COLLATE "C" PRIMARY KEY, state text NOT NULL);
  CREATE TABLE absences (
    host_id  text COLLATE "C" NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    receiver text COLLATE "C" NOT NULL,
    since    bigint NOT NULL,
    PRIMARY KEY (host_id, receiver)
  );
  `,
  `
  CREATE TABLE policies (name text COLLATE "C" PRIMARY KEY, state text NOT NULL);
  `,
  'ALTER TABLE sign_ins ADD COLUMN person text',
  'CREATE TABLE people (actor text COLLATE "C" PRIMARY KEY, name text NOT NULL, at bigint NOT NULL)',
  INSERT_OUTPUT_FUNCTIONS,
  'CREATE TABLE mark_spans (base bigint PRIMARY KEY, from_event bigint NOT NULL)',
  `
  -- Every heartbeat changes these. The rest of a report is ten times as long and rarely changes. Free room in a page keeps a change in it.
  CREATE TABLE last_seen (
    host_id    text COLLATE "C" PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    seen_at    bigint,
    sampled_at bigint,
    metrics    text
  ) WITH (fillfactor = 50);
  INSERT INTO last_seen (host_id, seen_at, metrics) SELECT host_id, last_seen_at, metrics FROM last_reports;
  ALTER TABLE last_reports DROP COLUMN last_seen_at, DROP COLUMN metrics;
  `,
  WRITE_TOGETHER_FUNCTION,
];
