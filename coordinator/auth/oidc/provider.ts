import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
  tokenRevocation,
} from 'openid-client';
import type { OidcConfig } from '../../config/oidc.ts';
import type { Discovery } from './discovery.ts';
import { type Keys, keysOf } from './keys.ts';
import { type Person, personOf } from './person.ts';
import { outcomeOf, type ProviderOutcome, refused } from './provider-outcome.ts';

/** A person whom the provider vouches for. */
export type Vouched = {
  person: Person;
  keys: Keys;
  /** When they last proved who they are, in ms; null where the provider does not say. */
  provedAt: number | null;
};

/** Values that bind the provider's answer to the browser that asked. */
export type Checks = { state: string; nonce: string; verifier: string };

/** The identity provider. The library checks issuer, audience, signature, times, nonce, state and PKCE against the request. */
export type Provider = {
  /** URL to send the browser to. `isFresh`: the person must sign in afresh. */
  begin(checks: Checks, isFresh: boolean): Promise<ProviderOutcome<string>>;
  /** The person with whom the browser returned; `query` begins with a question mark. */
  finish(query: string, checks: Checks): Promise<ProviderOutcome<Vouched>>;
  /** The same person, as the provider describes them now. */
  again(keys: Keys, subject: string): Promise<ProviderOutcome<Vouched>>;
  /** URL at which a browser signs out there too; null if the provider has none. */
  signOutUrl(keys: Keys | null): Promise<ProviderOutcome<string | null>>;
  /** Revokes these keys, if the provider supports it. */
  revoke(keys: Keys): Promise<void>;
};

/** Path below `publicUrl` to which the provider returns browsers. */
const CALLBACK_PATH = '/api/oidc/callback';

export function createProvider({ config, discovery }: { config: OidcConfig; discovery: Discovery }): Provider {
  const callback = `${config.publicUrl}${CALLBACK_PATH}`;

  return {
    begin: ({ state, nonce, verifier }, isFresh) =>
      withProvider(discovery, async (provider) => {
        const url = buildAuthorizationUrl(provider, {
          redirect_uri: callback,
          scope: config.scopes.join(' '),
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
          ...(isFresh && { max_age: '0' }),
        });
        return { kind: 'answered', value: url.href };
      }),
    finish: (query, { state, nonce, verifier }) =>
      withProvider(discovery, async (provider) => {
        const tokens = await authorizationCodeGrant(provider, new URL(`${callback}${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        return vouched(config, provider, { tokens, before: null, subject: null });
      }),
    again: (keys, subject) =>
      withProvider(discovery, async (provider) => {
        const { refreshToken, accessToken } = keys;
        if (refreshToken !== null) {
          const tokens = await refreshTokenGrant(provider, refreshToken);
          return vouched(config, provider, { tokens, before: keys, subject });
        }
        if (accessToken === null) return refused('the provider gave nothing to ask it again with');
        const claims = await fetchUserInfo(provider, accessToken, subject);
        return ofClaims(config, claims, keys);
      }),
    signOutUrl: (keys) =>
      withProvider(discovery, async (provider) => {
        if (provider.serverMetadata().end_session_endpoint === undefined) return { kind: 'answered', value: null };
        const url = buildEndSessionUrl(provider, {
          post_logout_redirect_uri: `${config.publicUrl}/`,
          ...(keys?.idToken && { id_token_hint: keys.idToken }),
        });
        return { kind: 'answered', value: url.href };
      }),
    async revoke({ refreshToken }) {
      if (refreshToken === null) return;
      await withProvider(discovery, async (provider) => {
        if (provider.serverMetadata().revocation_endpoint !== undefined) await tokenRevocation(provider, refreshToken);
        return { kind: 'answered', value: null };
      });
    },
  };
}

/** Runs it with the provider's configuration; anything thrown becomes an answer. */
export async function withProvider<Value>(
  discovery: Discovery,
  run: (provider: Configuration) => Promise<ProviderOutcome<Value>>,
): Promise<ProviderOutcome<Value>> {
  const found = await discovery.configuration();
  if (found.kind !== 'answered') return found;
  const answer = await outcomeOf(() => run(found.value));
  return answer.kind === 'answered' ? answer.value : answer;
}

export type Answered = {
  tokens: TokenEndpointResponse & TokenEndpointResponseHelpers;
  before: Keys | null;
  /** The subject it must be about; null for any. */
  subject: string | null;
};

/** The person in an answer of the token endpoint. If there is a userinfo endpoint its claims win, because they are newer. */
export async function vouched(
  config: OidcConfig,
  provider: Configuration,
  { tokens, before, subject }: Answered,
): Promise<ProviderOutcome<Vouched>> {
  const claims = tokens.claims();
  const sub = claims?.sub ?? subject;
  if (sub === null || (subject !== null && sub !== subject)) return refused('the answer is about another person');
  const hasUserinfo = provider.serverMetadata().userinfo_endpoint !== undefined;
  if (claims === undefined && !hasUserinfo) return refused('the provider does not repeat the groups');
  const info = hasUserinfo ? await fetchUserInfo(provider, tokens.access_token, sub) : {};
  return ofClaims(config, { ...claims, ...info }, keysOf(tokens, before));
}

function ofClaims(config: OidcConfig, claims: Readonly<Record<string, unknown>>, keys: Keys): ProviderOutcome<Vouched> {
  const reading = personOf(claims, config);
  if ('fault' in reading) return refused(reading.fault);
  const { auth_time: at } = claims;
  return {
    kind: 'answered',
    value: { person: reading.person, keys, provedAt: typeof at === 'number' ? at * 1000 : null },
  };
}
