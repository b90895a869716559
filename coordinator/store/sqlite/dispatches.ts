import type { DatabaseSync } from 'node:sqlite';
import { Dispatch, type DispatchResult } from '../../../shared/model/dispatch.ts';
import { DAMAGED, damageMessage, jsonReader } from '../damage.ts';
import { summaryOf } from '../dispatch-summary.ts';
import { pageOfItems } from '../page-budget.ts';
import type * as port from '../port.ts';
import type { AtOnce } from '../read.ts';
import type { KeptAnswer } from '../records.ts';
import { createDamages, type Damages } from './damages.ts';

export type DispatchStore = AtOnce<port.DispatchStore> & {
  save(dispatch: Dispatch): void;
  keepAnswer(answer: KeptAnswer): void;
};

/** A place after every dispatch. */
const END = { at: Number.MAX_SAFE_INTEGER, row: Number.MAX_SAFE_INTEGER };

const readDispatch = jsonReader<Dispatch>(Dispatch);

export function createDispatchStore(db: DatabaseSync, damages: Damages = createDamages(db)): DispatchStore {
  const save = db.prepare('INSERT INTO dispatches (id, created_at, dispatch) VALUES (?, ?, ?)');
  const byId = db.prepare('SELECT created_at AS createdAt, dispatch FROM dispatches WHERE id = ?');
  const keep = db.prepare(
    `INSERT OR REPLACE INTO answers (actor, key, body_hash, status, answer, at)
     VALUES ($actor, $key, $bodyHash, $status, $answer, $at)`,
  );
  const kept = db.prepare(
    `SELECT actor, key, body_hash AS bodyHash, status, answer, at FROM answers WHERE actor = ? AND key = ? AND at >= ?`,
  );
  const commandsOf = db.prepare(
    `SELECT commands.id AS commandId, host_id AS hostId, coalesce(hosts.name, host_id) AS host, op, status
     FROM commands LEFT JOIN hosts ON hosts.id = host_id WHERE dispatch_id = ? ORDER BY commands.id`,
  );

  const page = db.prepare(
    `SELECT id, octet_length(dispatch) AS bytes FROM dispatches
     WHERE created_at <= $at AND (created_at < $at OR rowid < $row) ORDER BY created_at DESC, rowid DESC LIMIT $limit`,
  );
  const ofCommands = db.prepare(
    `SELECT id, created_at AS at, rowid AS row, octet_length(dispatch) AS bytes FROM dispatches
     WHERE id IN (SELECT dispatch_id FROM commands WHERE id IN (SELECT value FROM json_each(?)))`,
  );
  const placeOf = db.prepare('SELECT created_at AS at, rowid AS row FROM dispatches WHERE id = ?');
  const statuses = db.prepare('SELECT status, count(*) AS count FROM commands WHERE dispatch_id = ? GROUP BY status');

  /** Stands in for a damaged dispatch: the commands that it created. */
  function substitute(id: string, createdAt: number): Dispatch {
    damages.found({ table: 'dispatches', id, hostId: null, lostFrom: null });
    const said = { code: DAMAGED, message: damageMessage({ table: 'dispatches', id }), alternative: null };
    const commands = commandsOf.all(id) as (Omit<DispatchResult, keyof typeof said> & { op: string })[];
    const results = commands.map(({ op: _, ...known }) => ({ ...known, ...said }));
    return { id, op: commands[0]?.op ?? 'unknown', requestedBy: 'unknown', createdAt, results };
  }

  function get(id: string): Dispatch | null {
    const row = byId.get(id);
    if (!row) return null;
    const { createdAt, dispatch } = row as { createdAt: number; dispatch: string };
    return readDispatch(dispatch) ?? substitute(id, createdAt);
  }

  function statusesOf(id: string): Record<string, number> {
    const rows = statuses.all(id) as { status: string; count: number }[];
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  type Found = { id: string; bytes: number };

  /** These commands are few enough to sort their dispatches here. */
  function foundOf(commands: readonly string[], place: typeof END, limit: number): Found[] {
    const all = ofCommands.all(JSON.stringify(commands)) as (Found & typeof END)[];
    return all
      .filter(({ at, row }) => at < place.at || (at === place.at && row < place.row))
      .sort((one, other) => other.at - one.at || other.row - one.row)
      .slice(0, limit);
  }

  return {
    get,
    list({ before, limit, commands }) {
      const place = before === undefined ? END : (placeOf.get(before) as typeof END | undefined);
      if (!place) return { items: [], next: null };
      const found = commands
        ? foundOf(commands, place, limit + 1)
        : (page.all({ ...place, limit: limit + 1 }) as Found[]);
      const items = pageOfItems(found, limit, ({ bytes }) => bytes).flatMap((row) => {
        const dispatch = get(row.id);
        return dispatch ? [summaryOf(dispatch, statusesOf(row.id))] : [];
      });
      return { items, next: items.length < found.length ? (items.at(-1)?.id ?? null) : null };
    },
    save: (dispatch) => void save.run(dispatch.id, dispatch.createdAt, JSON.stringify(dispatch)),
    keepAnswer: ({ actor, key, bodyHash, status, answer, at }) =>
      void keep.run({ actor, key, bodyHash, status, answer, at }),
    keptAnswer(actor, key, since) {
      const row = kept.get(actor, key, since);
      return row ? ({ ...row } as KeptAnswer) : null;
    },
  };
}
