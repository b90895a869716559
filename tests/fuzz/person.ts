import type { System } from '../harness/system.ts';
import { createBrowser, passProvider } from '../people/browse.ts';
import { startProvider } from '../people/provider.ts';
import { configFor, PUBLIC_URL } from '../people/scene.ts';

/** A person who signs in at a real identity provider, as an admin who has stepped up. */
export type FuzzPerson = {
  /** The coordinator's CONFIG. */
  config: string;
  /** Signs in anew and resolves to the session's headers. */
  signIn(system: System): Promise<Record<string, string>>;
  close(): Promise<void>;
};

export async function startFuzzPerson(): Promise<FuzzPerson> {
  const provider = await startProvider({ publicUrl: PUBLIC_URL });
  provider.accounts.set('ann', { name: 'Ann Smith', groups: ['sre'] });
  return {
    // Each request may come from another address, so that limits per address hide no answer.
    config: configFor(provider, { more: 'trustedProxies = ["127.0.0.1"]' }),
    async signIn({ coordinator }) {
      const browser = createBrowser(coordinator, PUBLIC_URL);
      for (const path of ['/api/oidc/login', '/api/oidc/login?stepUp=true'])
        await passProvider(browser, await browser.open(PUBLIC_URL + path), 'ann');
      return { cookie: browser.cookies(`${PUBLIC_URL}/`), 'sec-fetch-site': 'same-origin' };
    },
    close: provider.close,
  };
}
