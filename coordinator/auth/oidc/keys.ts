import { type Static, Type } from 'typebox';
import { lazyValidator } from '../../../shared/lazy-validator.ts';
import { Nullable } from '../../../shared/schema.ts';

/** The provider's tokens for asking about a person again; a session keeps them sealed. */
export const Keys = Type.Object({
  refreshToken: Nullable(Type.String()),
  accessToken: Nullable(Type.String()),
  /** Tells the provider at a sign-out which session there to end. */
  idToken: Nullable(Type.String()),
});
export type Keys = Static<typeof Keys>;

type Tokens = { refresh_token?: string | undefined; access_token?: string | undefined; id_token?: string | undefined };

/** Longer tokens are not kept; only one with thousands of claims is longer. */
const TOKEN_CHARS = 16_384;
const kept = (token: string | undefined): string | null =>
  token === undefined || token.length > TOKEN_CHARS ? null : token;

/** The keys of an answer; those that it does not repeat stay. */
export const keysOf = (tokens: Tokens, before: Keys | null): Keys => ({
  refreshToken: kept(tokens.refresh_token) ?? before?.refreshToken ?? null,
  accessToken: kept(tokens.access_token),
  idToken: kept(tokens.id_token) ?? before?.idToken ?? null,
});

const check = lazyValidator(Keys);

/** Null if the text holds no keys. */
export function parseKeys(text: string): Keys | null {
  try {
    const value: unknown = JSON.parse(text);
    return check().Check(value) ? value : null;
  } catch {
    return null;
  }
}
