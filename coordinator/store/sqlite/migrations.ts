/**
 * The database's schema as append-only steps: a released step is never edited.
 * `user_version` counts the steps that a database has taken.
 *
 * The lists of statuses are those of the time when the step was written; a test compares them with shared/model/command.ts.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE hosts (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    tags       TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    known      TEXT
  ) STRICT;

  -- No foreign key to hosts: the commands of a removed host stay readable.
  CREATE TABLE commands (
    id          TEXT PRIMARY KEY,
    host_id     TEXT NOT NULL,
    op          TEXT NOT NULL,
    status      TEXT NOT NULL,
    takes_slot  INTEGER NOT NULL,
    open        INTEGER NOT NULL,
    dispatch_id TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    -- When it left for the host, or was made if it never did.
    sent_at     INTEGER NOT NULL,
    ended_at    INTEGER,
    unsettled   INTEGER NOT NULL,
    record      TEXT NOT NULL
  ) STRICT;

  CREATE UNIQUE INDEX commands_one_in_slot ON commands (host_id)
    WHERE takes_slot = 1
      AND status IN ('PENDING', 'EXECUTING', 'KILLING', 'AWAITING_POST_CHECK', 'AWAITING_RECONNECT');
  CREATE UNIQUE INDEX commands_one_of_op ON commands (host_id, op)
    WHERE op IN ('kill', 'cancel', 'restart', 'reboot')
      AND status IN ('PENDING', 'EXECUTING', 'KILLING', 'AWAITING_POST_CHECK', 'AWAITING_RECONNECT');

  CREATE INDEX commands_live ON commands (id)
    WHERE open = 1
       OR status IN ('QUEUED', 'PENDING', 'EXECUTING', 'KILLING', 'AWAITING_POST_CHECK', 'AWAITING_RECONNECT');
  CREATE INDEX commands_by_host ON commands (host_id, id);
  CREATE INDEX commands_by_host_status ON commands (host_id, status, id);
  CREATE INDEX commands_by_status ON commands (status, id);
  CREATE INDEX commands_by_op ON commands (op, id);
  CREATE INDEX commands_by_host_op ON commands (host_id, op, id);
  CREATE INDEX commands_by_dispatch ON commands (dispatch_id, id);
  CREATE INDEX commands_unsettled ON commands (host_id, id) WHERE unsettled = 1;
  CREATE INDEX commands_settling ON commands (host_id, sent_at) WHERE status = 'SUCCESS' AND op NOT IN ('kill', 'cancel');
  CREATE INDEX commands_ended ON commands (ended_at) WHERE open = 0;

  -- Deferred, so that a command and its history may be written in any order within a transaction.
  CREATE TABLE history (
    id             INTEGER PRIMARY KEY,
    command_id     TEXT NOT NULL REFERENCES commands (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    at             INTEGER NOT NULL,
    from_status    TEXT,
    to_status      TEXT NOT NULL,
    timeout_status TEXT NOT NULL,
    cause          TEXT NOT NULL,
    code           TEXT
  ) STRICT;
  CREATE INDEX history_by_command ON history (command_id, id);

  -- AUTOINCREMENT: an id is a consumer's cursor and must not come again once its event was deleted.
  CREATE TABLE events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    level      TEXT NOT NULL,
    category   TEXT NOT NULL,
    actor      TEXT NOT NULL,
    host_id    TEXT,
    command_id TEXT,
    code       TEXT NOT NULL,
    message    TEXT NOT NULL,
    next       TEXT
  ) STRICT;
  CREATE INDEX events_by_host ON events (host_id, id);
  CREATE INDEX events_by_command ON events (command_id, id);
  CREATE INDEX events_by_level ON events (level, id);
  CREATE INDEX events_by_time ON events (at);

  CREATE TABLE dispatches (
    id         TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    dispatch   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX dispatches_by_time ON dispatches (created_at);

  CREATE TABLE answers (
    actor     TEXT NOT NULL,
    key       TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    status    INTEGER NOT NULL,
    answer    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answers_by_time ON answers (at);

  CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), writes INTEGER NOT NULL) STRICT;
  `,
  `
  -- What heartbeats bring stands apart from what the last hello said, since it is written once a minute: so less is written. A row is
  -- made with its host, so that the rows stand in the order of the hosts.
  CREATE TABLE last_reports (
    host_id TEXT PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    seen_at INTEGER,
    report  TEXT,
    metrics TEXT
  ) STRICT;
  INSERT INTO last_reports (host_id, seen_at, report, metrics)
    SELECT id, known ->> 'lastSeenAt', known -> 'report', known -> 'metrics' FROM hosts ORDER BY rowid;
  ALTER TABLE hosts RENAME COLUMN known TO hello;
  UPDATE hosts SET hello = json_remove(hello, '$.lastSeenAt', '$.report', '$.metrics') WHERE hello IS NOT NULL;
  `,
  `
  CREATE TABLE sign_ins (
    id         TEXT PRIMARY KEY,
    actor      TEXT NOT NULL,
    address    TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
  ALTER TABLE events ADD COLUMN address TEXT;
  `,
  `
  CREATE TABLE api_tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    token_hash   TEXT NOT NULL UNIQUE,
    grants       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
  ) STRICT;
  `,
  `
  ALTER TABLE hosts ADD COLUMN maintenance TEXT;

  -- plan: what never changes, and may be long; state: the rest of the record.
  CREATE TABLE rollouts (
    id          TEXT PRIMARY KEY,
    status      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    lives_until INTEGER NOT NULL,
    plan        TEXT NOT NULL,
    state       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX rollouts_by_life ON rollouts (lives_until);
  CREATE INDEX rollouts_by_status ON rollouts (status, id);

  CREATE TABLE rollout_hosts (
    rollout_id TEXT NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    host_id    TEXT NOT NULL,
    host       TEXT NOT NULL,
    PRIMARY KEY (rollout_id, host_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rollout_history (
    id         INTEGER PRIMARY KEY,
    rollout_id TEXT NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    entry      TEXT NOT NULL
  ) STRICT;
  CREATE INDEX rollout_history_by_rollout ON rollout_history (rollout_id, id);

  CREATE TABLE quarantine (
    commit_id  TEXT PRIMARY KEY,
    at         INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    rollout_id TEXT
  ) STRICT;
  `,
  `
  -- What people did is kept longer than what came about by itself, and each is read by its time.
  CREATE INDEX events_by_category ON events (category, at, id);
  `,
  `
  -- What a host may still use until it has used its new token: one, since of two that were never used the first is the host's.
  CREATE TABLE former_tokens (
    host_id    TEXT PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    until      INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE enrolments (
    id         TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    tags       TEXT NOT NULL,
    names      TEXT,
    max_uses   INTEGER,
    uses       INTEGER NOT NULL,
    expires_at INTEGER,
    approve    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
  ) STRICT;

  -- No foreign key to enrolments: a host stays itself when its enrolment token is gone.
  CREATE TABLE enrolled_states (
    host_id      TEXT PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    state_id     TEXT NOT NULL UNIQUE,
    secret_hash  TEXT NOT NULL,
    enrolment_id TEXT NOT NULL
  ) STRICT;

  CREATE TABLE waiting_hosts (
    id           TEXT PRIMARY KEY,
    enrolment_id TEXT NOT NULL REFERENCES enrolments (id) ON DELETE CASCADE,
    hostname     TEXT NOT NULL,
    platform     TEXT NOT NULL,
    address      TEXT NOT NULL,
    state_id     TEXT NOT NULL,
    secret_hash  TEXT NOT NULL,
    reason       TEXT NOT NULL,
    host_id      TEXT,
    since        INTEGER NOT NULL,
    decision     TEXT,
    decided_by   TEXT
  ) STRICT;
  CREATE INDEX waiting_hosts_by_enrolment ON waiting_hosts (enrolment_id);
  `,
  `
  -- AUTOINCREMENT: a receiver's place must not come again once what stood there was told.
  CREATE TABLE notices (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL,
    id       TEXT NOT NULL,
    notice   TEXT NOT NULL,
    UNIQUE (receiver, id)
  ) STRICT;
  CREATE INDEX notices_by_receiver ON notices (receiver, seq);

  CREATE TABLE receivers (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE absences (
    host_id  TEXT NOT NULL REFERENCES hosts (id) ON DELETE CASCADE,
    receiver TEXT NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (host_id, receiver)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE policies (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  `,
  `
  -- Who signed in through an identity provider; null for a session that a token opened.
  ALTER TABLE sign_ins ADD COLUMN person TEXT;
  `,
  `
  CREATE TABLE people (actor TEXT PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  `,
  `
  -- One for each start of a coordinator: its marks begin at base, with the event after from_event.
  CREATE TABLE mark_spans (base INTEGER PRIMARY KEY, from_event INTEGER NOT NULL) STRICT;
  `,
  `
  -- Every heartbeat changes these. The rest of a report is ten times as long and rarely changes. A row is made with its host, so that the
  -- rows are in the order of the hosts. sampled_at: the report's; null: as the report says.
  CREATE TABLE last_seen (
    host_id    TEXT PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
    seen_at    INTEGER,
    sampled_at INTEGER,
    metrics    TEXT
  ) STRICT;
  INSERT INTO last_seen (host_id, seen_at, metrics) SELECT host_id, seen_at, metrics FROM last_reports ORDER BY rowid;
  ALTER TABLE last_reports DROP COLUMN seen_at;
  ALTER TABLE last_reports DROP COLUMN metrics;
  `,
];
