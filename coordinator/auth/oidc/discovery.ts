import { readFileSync } from 'node:fs';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from 'openid-client';
import { isInTheClear } from '../../../shared/network/in-the-clear.ts';
import { request, Unanswered } from '../../../shared/network/request.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import type { OidcConfig } from '../../config/oidc.ts';
import { unreadable } from '../../config/unreadable.ts';
import { outcomeOf, type ProviderOutcome } from './provider-outcome.ts';

/**
 * The provider's description of itself.
 *
 * D1 It is requested when somebody signs in, never at the start, and again after an hour. While the provider is away, the last one counts.
 * D2 Every use gets its own configuration: the provider's keys and the client's secret are read each time, so both can be rotated.
 */
export type Discovery = { configuration(): Promise<ProviderOutcome<Configuration>> };

export type DiscoveryDeps = { clock: Pick<Clock, 'monotonic'>; config: OidcConfig };

const FRESH_MS = 3_600_000;
/** Least time between two requests to a provider that is away. */
const ASK_AGAIN_MS = 2_000;
const TIMEOUT_S = 10;
const MOST_BYTES = 1024 * 1024;

export function createDiscovery({ clock, config }: DiscoveryDeps): Discovery {
  const isPlain = config.issuer.startsWith('http:');
  let known: { metadata: ServerMetadata; at: number } | null = null;
  let failed: { result: ProviderOutcome<ServerMetadata>; at: number } | null = null;
  let asking: Promise<ProviderOutcome<ServerMetadata>> | null = null;

  async function ask(): Promise<ProviderOutcome<ServerMetadata>> {
    const answer = await outcomeOf(async () => {
      const found = await discovery(new URL(config.issuer), config.clientId, undefined, None(), {
        [customFetch]: boundedFetch,
        timeout: TIMEOUT_S,
        ...(isPlain && { execute: [allowInsecureRequests] }),
      });
      // Without its methods: each use makes a copy.
      return { ...found.serverMetadata() } as ServerMetadata;
    });
    asking = null;
    failed = answer.kind === 'answered' ? null : { result: answer, at: clock.monotonic() };
    if (answer.kind === 'answered') known = { metadata: answer.value, at: clock.monotonic() };
    return answer;
  }

  async function metadata(): Promise<ProviderOutcome<ServerMetadata>> {
    if (known && clock.monotonic() - known.at < FRESH_MS) return { kind: 'answered', value: known.metadata };
    if (failed === null || clock.monotonic() - failed.at >= ASK_AGAIN_MS) {
      asking ??= ask();
      const answer = await asking;
      if (answer.kind === 'answered') return answer;
    }
    if (known) return { kind: 'answered', value: known.metadata };
    return failed?.result ?? { kind: 'away', words: 'it has not answered yet' };
  }

  return {
    async configuration() {
      const found = await metadata();
      if (found.kind !== 'answered') return found;
      const auth = clientAuth(config, found.value);
      if ('fault' in auth) return { kind: 'away', words: auth.fault };
      const made = new Configuration(found.value, config.clientId, undefined, auth.auth);
      made.timeout = TIMEOUT_S;
      made[customFetch] = boundedFetch;
      if (isPlain) allowInsecureRequests(made);
      enableNonRepudiationChecks(made);
      return { kind: 'answered', value: made };
    },
  };
}

function clientAuth(
  { clientSecretFile }: OidcConfig,
  metadata: ServerMetadata,
): { auth: ClientAuth } | { fault: string } {
  if (clientSecretFile === null) return { auth: None() };
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata;
  const how = methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost;
  try {
    const secret = readFileSync(clientSecretFile, 'utf8').trim();
    return secret === '' ? { fault: `oidc.clientSecretFile: ${clientSecretFile} is empty` } : { auth: how(secret) };
  } catch (error) {
    return { fault: `oidc.clientSecretFile: ${clientSecretFile} ${unreadable(error)}` };
  }
}

/** Goes through the environment's proxy. An answer is cut at 1 MiB, a redirect is not an answer, and nothing leaves the machine unencrypted. */
const boundedFetch: CustomFetch = async (address, { method, headers, body, signal }) => {
  const url = new URL(address);
  if (isInTheClear(url)) throw new Unanswered(`${url.origin} is not https://`);
  const response = await request(url, {
    method,
    headers: headers as Record<string, string>,
    ...(body != null && { body: String(body) }),
    ...(signal && { signal }),
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Unanswered(`${url.host} answers with more than 1 MiB`);
    chunks.push(chunk);
  }
  return new Response(response.body === null ? null : Buffer.concat(chunks), {
    status: response.status,
    headers: response.headers,
  });
};
