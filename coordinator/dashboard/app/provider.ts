import { href } from '../feed/root.ts';
import { api } from './api.ts';

/** The identity provider through which people sign in. */

/** How the page names it; null where there is none. */
export async function providerName(): Promise<string | null> {
  const answer = await api.oidc();
  return answer.ok && answer.body.issuer !== null ? new URL(answer.body.issuer).host : null;
}

/** The way to it, and back. */
export const providerPath = (words: { return: string } | { stepUp: 'true' }): string =>
  href(`/api/oidc/login?${new URLSearchParams(words)}`);

/** Whether who acts under this name signed in through it. */
export const isPerson = (actor: string): boolean => actor.startsWith('oidc:');
