import { DatabaseSync } from 'node:sqlite';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandFilter, EventFilter, EventSpan, RolloutFilter } from '../port.ts';
import { createApiTokenStore } from './api-tokens.ts';
import { createCommandStore } from './commands.ts';
import { createDispatchStore } from './dispatches.ts';
import { createEnrolmentStore } from './enrolments.ts';
import { createEventStore } from './events.ts';
import { createHistoryStore } from './history.ts';
import { createHostStore } from './hosts.ts';
import { MIGRATIONS } from './migrations.ts';
import { createOutboxStore } from './outbox.ts';
import { createRetentionStore } from './retention.ts';
import { createRolloutStore } from './rollouts.ts';

/** The statements sent to SQLite while `use` runs, with the plan of each. */
function plansOf(use: (db: DatabaseSync) => void): Map<string, string> {
  const db = new DatabaseSync(':memory:');
  for (const sql of MIGRATIONS) db.exec(sql);
  const asked = new Set<string>();
  const prepare = db.prepare.bind(db);
  db.prepare = (sql) => {
    asked.add(sql);
    return prepare(sql);
  };
  use(db);
  const plans = new Map<string, string>();
  for (const sql of asked)
    plans.set(
      sql,
      prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail)
        .join('; '),
    );
  db.close();
  return plans;
}

/** Every combination of these filters. */
function combinations<Filter>(...parts: Filter[]): Filter[] {
  const all = [{} as Filter];
  for (const part of parts) all.push(...all.map((one) => ({ ...one, ...part })));
  return all;
}

const plans = plansOf((db) => {
  createHostStore(db);
  createHistoryStore(db);
  createDispatchStore(db);
  createRetentionStore(db);
  createApiTokenStore(db);
  createEnrolmentStore(db);
  createOutboxStore(db);
  const rollouts = createRolloutStore(db);
  for (const filter of combinations<Partial<RolloutFilter>>({ status: ['DONE'] }, { before: 'r' }))
    rollouts.list({ ...filter, limit: 1 });
  const commands = createCommandStore(db);
  for (const filter of combinations<Partial<CommandFilter>>(
    { hostId: 'h' },
    { status: ['LOST'] },
    { op: 'pull' },
    { dispatchId: 'd' },
    { before: 'c' },
  ))
    commands.list({ ...filter, limit: 1 });
  const events = createEventStore(db);
  for (const first of ['oldest', 'newest'] as const)
    for (const filter of combinations<Partial<EventFilter>>(
      { hostId: 'h' },
      { commandId: 'c' },
      { level: 'warn' },
      { cursor: 1 },
    ))
      events.list({ ...filter, first, limit: 1 });
  for (const first of ['oldest', 'newest'] as const)
    for (const span of combinations<Partial<EventSpan>>(
      { category: 'audit' },
      { since: 1 },
      { until: 2 },
      { cursor: 1 },
    ))
      events.span({ ...span, first, limit: 1 });
});

/**
 * Full scans are allowed only of hosts, tokens, enrolments, quarantine, policies, waiting notices, the statuses' words, the few commands
 * that are live or need a person, and a page up to its limit.
 */
const isBounded = (sql: string, plan: string) =>
  plan
    .split('; ')
    .filter(
      (step) =>
        step.startsWith('SCAN') &&
        !/^SCAN (hosts|api_tokens|former_tokens|enrolments|enrolled_states|waiting_hosts|quarantine|policies|notices|receivers|absences|mark_spans|json_each|words|\w+ USING INDEX commands_(live|unsettled)$)/.test(
          step,
        ),
    )
    .every(
      () =>
        /^SELECT (?:[^()]|octet_length\(record\))+ ORDER BY id (ASC|DESC) LIMIT \$limit$/.test(sql) &&
        !sql.includes('WHERE'),
    );

test('no statement walks a whole table of commands, events, history or dispatches', () => {
  assert.ok(plans.size > 70, `${plans.size} statements were seen`);
  for (const [sql, plan] of plans) assert.ok(isBounded(sql, plan), `${sql}\n${plan}`);
});

test('no page is sorted: its index has its order', () => {
  for (const [sql, plan] of plans) if (sql.includes('LIMIT')) assert.not.match(plan, /TEMP B-TREE/, `${sql}\n${plan}`);
});

test.run();
