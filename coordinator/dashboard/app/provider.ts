import { href } from '../feed/root.ts';
import { api } from './api.ts';

/** The identity provider through which people sign in. */

/** Its name on the page; null without a provider. */
export async function providerName(): Promise<string | null> {
  const answer = await api.oidc();
  return answer.ok && answer.body.issuer !== null ? new URL(answer.body.issuer).host : null;
}

/** Link to it, by way of the coordinator. */
export const providerPath = (words: { return: string } | { stepUp: 'true' }): string =>
  href(`/api/oidc/login?${new URLSearchParams(words)}`);
