import { SwitchyardError } from '../../shared/api/errors.ts';
import { newId } from '../../shared/ids.ts';
import { tokenActor } from '../../shared/model/actor.ts';
import { type ApiTokenRequest, type ApiTokenView, grantWords, type NewApiToken } from '../../shared/model/grant.ts';
import type { Clock, TimerHandle } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import type { Ledger } from '../engine/ledger.ts';
import { createSignal, type Signal } from '../engine/signals.ts';
import type { ApiToken } from '../store/records.ts';
import { createCredentialWatch } from './credential-watch.ts';
import { hashToken, newToken } from './tokens.ts';

/**
 * Tokens with grants, for programs and people (docs/protocol.md section 10).
 *
 * K1 A token is shown when it is made, and kept as its hash.
 * K2 When a token is removed or expires, everything opened with it ends within a second.
 * K3 `lastUsedAt` is written at most once a minute, and no request waits for it.
 */
export type ApiTokens = {
  /** The token, while it is valid. */
  find(token: string): ApiToken | null;
  /** Likewise, by its actor. */
  byActor(actor: string): ApiToken | null;
  /** By name. */
  list(): ApiTokenView[];
  /** Throws `token_exists`, `limit_reached`, `invalid_request`. */
  create(request: ApiTokenRequest, actor: string): Promise<NewApiToken>;
  /** Throws `unknown_token`. */
  remove(idOrName: string, actor: string): Promise<void>;
  /** Runs when the token is no longer valid; returns a function that cancels this. */
  whenOver(token: ApiToken, run: () => void): () => void;
  /** Reports the actor in the turn that removes its token, so that the same turn ends its sessions. */
  removed: Signal<string>;
  close(): void;
};

export type ApiTokensDeps = {
  clock: Clock;
  log: Log;
  ledger: Pick<Ledger, 'also' | 'event' | 'commit'>;
  stored: readonly ApiToken[];
};

const MAX_TOKENS = 1_000;
const WRITE_USE_EVERY_MS = 60_000;
const SWEEP_EVERY_MS = 3_600_000;
/** How long an expired one is still listed. */
const KEPT_EXPIRED_MS = 30 * 24 * 3_600_000;

export function createApiTokens({ clock, log, ledger, stored }: ApiTokensDeps): ApiTokens {
  const tokens = new Map<string, ApiToken>();
  const byHash = new Map<string, ApiToken>();
  /** When the last use of each was written. */
  const writtenAt = new Map<string, number>();
  const removed = createSignal<string>();
  const put = (token: ApiToken): void => {
    tokens.set(token.id, token);
    byHash.set(token.tokenHash, token);
  };
  const drop = ({ id, tokenHash }: ApiToken): void => {
    tokens.delete(id);
    byHash.delete(tokenHash);
    writtenAt.delete(id);
  };
  for (const token of stored) put(token);

  const isGood = ({ expiresAt }: ApiToken): boolean => expiresAt === null || expiresAt > clock.now();
  const good = (token: ApiToken | undefined): ApiToken | null => (token && isGood(token) ? token : null);
  const watch = createCredentialWatch({ clock, isGood: (id) => good(tokens.get(id)) !== null });
  const named = (name: string) => [...tokens.values()].find((token) => token.name === name);

  const tell = (actor: string, code: string, message: string): void =>
    ledger.event({ at: clock.now(), level: 'info', category: 'audit', actor, code, message });

  function used(token: ApiToken): void {
    const at = clock.now();
    tokens.set(token.id, Object.assign(token, { lastUsedAt: at }));
    if (at - (writtenAt.get(token.id) ?? Number.NEGATIVE_INFINITY) < WRITE_USE_EVERY_MS) return;
    writtenAt.set(token.id, at);
    ledger.also({ type: 'token_used', id: token.id, at });
    ledger.commit().catch((err) => log.warn({ err, token: token.name }, 'the use of a token could not be written'));
  }

  /** Removes it at once; it comes back if the turn fails. */
  function takeAway(token: ApiToken): void {
    drop(token);
    ledger.also({ type: 'token_removed', id: token.id }, () => put(token));
    removed.tell(tokenActor(token.name));
    watch.ended(token.id);
  }

  function sweep(): void {
    const before = clock.now() - KEPT_EXPIRED_MS;
    const old = [...tokens.values()].filter(({ expiresAt }) => expiresAt !== null && expiresAt < before);
    for (const token of old) takeAway(token);
    if (old.length > 0) ledger.commit().catch((err) => log.warn({ err }, 'expired tokens could not be deleted'));
    timer = clock.setTimeout(sweep, SWEEP_EVERY_MS);
  }
  let timer: TimerHandle = clock.setTimeout(sweep, SWEEP_EVERY_MS);

  return {
    find(text) {
      const token = good(byHash.get(hashToken(text)));
      if (token) used(token);
      return token;
    },
    byActor(actor) {
      for (const token of tokens.values()) if (tokenActor(token.name) === actor) return good(token);
      return null;
    },
    list: () => [...tokens.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(viewOf),
    async create({ name, grants, expiresAt = null }, actor) {
      if (named(name)) throw new SwitchyardError('token_exists', `A token named "${name}" exists`);
      if (tokens.size >= MAX_TOKENS)
        throw new SwitchyardError('limit_reached', `There are ${MAX_TOKENS} tokens already`);
      if (expiresAt !== null && expiresAt <= clock.now())
        throw new SwitchyardError('invalid_request', 'body/expiresAt lies in the past');
      if (grants.some(({ role, tags, ops }) => role === 'admin' && (tags ?? ops) !== undefined))
        throw new SwitchyardError(
          'invalid_request',
          "An admin's grant takes neither tags nor ops: admins change both; the role operator has limits",
        );
      const text = newToken();
      const made = { createdAt: clock.now(), createdBy: actor, expiresAt, lastUsedAt: null };
      const token: ApiToken = { id: newId(), name, tokenHash: hashToken(text), grants, ...made };
      put(token);
      ledger.also({ type: 'token_added', token: { ...token } }, () => drop(token));
      tell(actor, 'token_added', `The token ${name} was made: ${grants.map(grantWords).join('; ')}`);
      await ledger.commit();
      return { ...viewOf(token), token: text };
    },
    async remove(idOrName, actor) {
      const token = tokens.get(idOrName) ?? named(idOrName);
      if (!token) throw new SwitchyardError('unknown_token', `No token has the id or name "${idOrName}"`);
      takeAway(token);
      tell(actor, 'token_removed', `The token ${token.name} was removed`);
      await ledger.commit();
    },
    whenOver: ({ id }, run) => watch.until(id, run),
    removed,
    close() {
      clock.clearTimeout(timer);
      watch.close();
    },
  };
}

const viewOf = ({ tokenHash: _, ...view }: ApiToken): ApiTokenView => view;
