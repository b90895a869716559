import type { System } from '../harness/system.ts';
import { createBrowser, passProvider } from '../people/browse.ts';
import { startProvider } from '../people/provider.ts';
import { configFor, PUBLIC_URL } from '../people/scene.ts';
import { type BegunSignIn, RETURNS, type SignInWords } from './sign-in-cases.ts';

/** A person who signs in at a real identity provider, as an admin who has stepped up. */
export type FuzzPerson = {
  /** The coordinator's CONFIG. */
  config: string;
  publicUrl: string;
  issuer: string;
  /** Signs in again and resolves to the session's headers. */
  signIn(system: System): Promise<Record<string, string>>;
  /** Begins sign-ins and a step-up without ending them, and collects a sealed value of each kind. */
  beginSignIns(system: System, session: Record<string, string>): Promise<SignInWords>;
  close(): Promise<void>;
};

export async function startFuzzPerson(): Promise<FuzzPerson> {
  const provider = await startProvider({ publicUrl: PUBLIC_URL });
  provider.accounts.set('ann', { name: 'Ann Smith', groups: ['sre'] });
  const { issuer } = provider;
  let asked = 0;
  /** Each request may come from another address, so that limits per address hide no answer. */
  const elsewhere = () => {
    asked += 1;
    return { 'x-forwarded-for': `172.${16 + ((asked >> 16) & 15)}.${(asked >> 8) & 255}.${asked & 255}` };
  };

  async function begin({ coordinator }: System, isFinished: boolean): Promise<BegunSignIn> {
    const returnTo = encodeURIComponent(RETURNS[asked % RETURNS.length] ?? '');
    const browser = createBrowser(coordinator, PUBLIC_URL, elsewhere());
    browser.stopAt = (url) => url.startsWith(isFinished ? `${PUBLIC_URL}/api/oidc/callback` : issuer);
    const opened = await browser.open(`${PUBLIC_URL}/api/oidc/login?return=${returnTo}`);
    const last = isFinished ? await passProvider(browser, opened, 'ann') : opened;
    const { searchParams } = new URL(last.headers.get('location') ?? '');
    const cookie = browser.cookies(`${PUBLIC_URL}/api/oidc/callback`);
    return { cookie, state: searchParams.get('state') ?? '', code: searchParams.get('code') };
  }

  async function sealedBy({ coordinator }: System, path: string, session: Record<string, string>): Promise<string> {
    const headers = { ...session, ...elsewhere() };
    const answer = await fetch(`${coordinator.address}/api/oidc${path}`, { method: 'POST', headers });
    const { url, signIn } = (await answer.json()) as { url?: string; signIn?: string };
    const sealed = signIn ?? (url && new URL(url).searchParams.get('session'));
    if (!sealed) throw new Error(`${path}: ${answer.status}`);
    return sealed;
  }

  return {
    config: configFor(provider, { more: 'trustedProxies = ["127.0.0.1"]' }),
    publicUrl: PUBLIC_URL,
    issuer,
    async signIn({ coordinator }) {
      const browser = createBrowser(coordinator, PUBLIC_URL, elsewhere());
      for (const path of ['/api/oidc/login', '/api/oidc/login?stepUp=true'])
        await passProvider(browser, await browser.open(PUBLIC_URL + path), 'ann');
      return { cookie: browser.cookies(`${PUBLIC_URL}/`), 'sec-fetch-site': 'same-origin' };
    },
    beginSignIns: async (system, session) => ({
      issuer,
      begun: await Promise.all([true, true, false].map((isFinished) => begin(system, isFinished))),
      sealed: [await sealedBy(system, '/step-up', session), await sealedBy(system, '/device', {})],
    }),
    close: provider.close,
  };
}
