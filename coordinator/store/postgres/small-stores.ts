import type { HistoryEntry } from '../../../shared/model/command.ts';
import { Dispatch, type DispatchResult, type DispatchSummary } from '../../../shared/model/dispatch.ts';
import { type Grant, Grants } from '../../../shared/model/grant.ts';
import { DAMAGED, damageMessage, jsonReader } from '../damage.ts';
import { summaryOf } from '../dispatch-summary.ts';
import { pageOfItems } from '../page-budget.ts';
import type { ApiTokenStore, DispatchStore, HistoryStore, SignInStore } from '../port.ts';
import type { ApiToken, KeptAnswer, PersonName } from '../records.ts';
import { type SignInRow, signInOf } from '../rows/sign-in-row.ts';
import { soundEntry } from '../rows/words.ts';
import type { Damages } from './damages.ts';
import type { Database } from './database.ts';

/** Stores with only one or two queries. */

type Asking = Pick<Database, 'ask'>;

const readDispatch = jsonReader<Dispatch>(Dispatch);
const readGrants = jsonReader<Grant[]>(Grants);

export const createHistoryStore = ({ ask }: Asking): HistoryStore => ({
  async of(commandId) {
    const rows = await ask<HistoryEntry>({
      sql: `SELECT at, from_status AS "from", to_status AS "to", timeout_status, cause, code
        FROM history WHERE command_id = $commandId ORDER BY id`,
      bound: { commandId },
    });
    return rows.map(soundEntry);
  },
});

export function createDispatchStore({ ask }: Asking, damages: Damages): DispatchStore {
  /** Stands in for a damaged dispatch, with the commands that it created. */
  async function substitute(id: string, createdAt: number): Promise<Dispatch> {
    damages.found({ table: 'dispatches', id, hostId: null, lostFrom: null });
    const said = { code: DAMAGED, message: damageMessage({ table: 'dispatches', id }), alternative: null };
    const commands = await ask<Omit<DispatchResult, keyof typeof said> & { op: string }>({
      sql: `SELECT commands.id AS command_id, host_id, coalesce(hosts.name, host_id) AS host, op, status
        FROM commands LEFT JOIN hosts ON hosts.id = host_id WHERE dispatch_id = $id ORDER BY commands.id`,
      bound: { id },
    });
    const results = commands.map(({ op: _, ...known }) => ({ ...known, ...said }));
    return { id, op: commands[0]?.op ?? 'unknown', requestedBy: 'unknown', createdAt, results };
  }

  async function rowOf(id: string): Promise<{ createdAt: number; dispatch: string } | null> {
    const [row] = await ask<{ createdAt: number; dispatch: string }>({
      sql: 'SELECT created_at, dispatch FROM dispatches WHERE id = $id',
      bound: { id },
    });
    return row ?? null;
  }

  async function get(id: string): Promise<Dispatch | null> {
    const row = await rowOf(id);
    return row && (readDispatch(row.dispatch) ?? (await substitute(id, row.createdAt)));
  }

  async function statusesOf(id: string): Promise<Record<string, number>> {
    const rows = await ask<{ status: string; count: number }>({
      sql: 'SELECT status, count(*)::integer AS count FROM commands WHERE dispatch_id = $id GROUP BY status',
      bound: { id },
    });
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  return {
    get,
    async list({ before, limit, commands = null }) {
      const last = before === undefined ? null : await rowOf(before);
      if (before !== undefined && !last) return { items: [], next: null };
      const made = 'id IN (SELECT dispatch_id FROM commands WHERE id = ANY($commands))';
      const found = await ask<{ id: string; bytes: number }>({
        sql: `SELECT id, octet_length(dispatch) AS bytes FROM dispatches
          WHERE created_at <= $at AND (created_at < $at OR id < $id) ${commands ? `AND ${made}` : ''}
          ORDER BY created_at DESC, id DESC LIMIT $limit`,
        bound: {
          at: last?.createdAt ?? Number.MAX_SAFE_INTEGER,
          id: before ?? '',
          limit: limit + 1,
          ...(commands && { commands }),
        },
      });
      const items: DispatchSummary[] = [];
      for (const row of pageOfItems(found, limit, ({ bytes }) => bytes)) {
        const dispatch = await get(row.id);
        if (dispatch) items.push(summaryOf(dispatch, await statusesOf(row.id)));
      }
      return { items, next: items.length < found.length ? (items.at(-1)?.id ?? null) : null };
    },
    async keptAnswer(actor, key, since) {
      const [answer] = await ask<KeptAnswer>({
        sql: `SELECT actor, key, body_hash, status, answer, at FROM answers
          WHERE actor = $actor AND key = $key AND at >= $since`,
        bound: { actor, key, since },
      });
      return answer ?? null;
    },
  };
}

export const createSignInStore = ({ ask }: Asking): SignInStore => ({
  async list() {
    const rows = await ask<SignInRow>({
      sql: 'SELECT id, actor, address, opened_at, expires_at, person FROM sign_ins ORDER BY opened_at, id',
    });
    return rows.map(signInOf);
  },
  names: () => ask<PersonName>({ sql: 'SELECT actor, name, at FROM people ORDER BY at, actor' }),
});

export const createApiTokenStore = ({ ask }: Asking): ApiTokenStore => ({
  async list() {
    const rows = await ask<Omit<ApiToken, 'grants'> & { grants: string }>({
      sql: `SELECT id, name, token_hash, grants, created_at, created_by, expires_at, last_used_at
        FROM api_tokens ORDER BY created_at, id`,
    });
    return rows.map((token) => ({ ...token, grants: readGrants(token.grants) ?? [] }));
  },
});
