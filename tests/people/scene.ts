import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestApp, type TestApp, type TestAppOptions } from '../../coordinator/fixtures/test-app.ts';
import type { Event } from '../../shared/model/event.ts';
import type { WhoAmI } from '../../shared/model/grant.ts';
import { type Browser, createBrowser, passProvider, type Visited } from './browse.ts';
import { startProvider, type TestProvider, type TestProviderOptions } from './provider.ts';

/** The coordinator's name to browsers; nothing connects to it by this name. */
export const PUBLIC_URL = 'http://fleet.localhost:8080';

export const GRANTS = `
[[oidc.grants]]
group = "sre"
role = "admin"
[[oidc.grants]]
group = "web"
role = "operator"
tags = ["web"]
[[oidc.grants]]
group = "staff"
role = "viewer"
`;

export type Idp = Pick<TestProvider, 'issuer' | 'clientId' | 'clientSecret'>;

const dir = mkdtempSync(join(tmpdir(), 'switchyard-people-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
let files = 0;

/** CONFIG for a provider, with its secret in a file. */
export function configFor({ issuer, clientId, clientSecret }: Idp, { publicUrl = PUBLIC_URL, more = '' } = {}): string {
  files += 1;
  const secretFile = join(dir, `secret-${files}`);
  writeFileSync(secretFile, `${clientSecret}\n`);
  return `
[access]
publicUrl = "${publicUrl}"
${more}
[oidc]
issuer = "${issuer}"
clientId = "${clientId}"
clientSecretFile = "${secretFile}"
scopes = ["openid", "profile", "groups"]
${GRANTS}`;
}

export type Scene = {
  provider: TestProvider;
  config: string;
  app: TestApp;
  browser: Browser;
  /** Signs in at the provider, in this browser or another; returns the last page. */
  signIn(login: string, browser?: Browser, path?: string): Promise<Visited>;
  newBrowser(): Browser;
  /** The API's answer to the browser's session. */
  whoami(browser?: Browser): Promise<WhoAmI | null>;
  audit(): Promise<Event[]>;
  restart(options?: Partial<TestAppOptions>): Promise<void>;
  close(): Promise<void>;
};

export type SceneOptions = Partial<TestAppOptions> & { provider?: Partial<TestProviderOptions>; more?: string };

/** A coordinator that knows a real provider, and ann (sre), bob (web) and eve (nothing). */
export async function openScene({ provider: how = {}, more = '', ...options }: SceneOptions = {}): Promise<Scene> {
  const provider = await startProvider({ publicUrl: PUBLIC_URL, ...how });
  provider.accounts.set('ann', { name: 'Ann Smith', groups: ['sre', 'everybody'] });
  provider.accounts.set('bob', { name: 'Bob', groups: ['web'] });
  provider.accounts.set('eve', { name: 'Eve', groups: ['guests'] });
  const config = configFor(provider, { more });
  const app = await startTestApp({ ...options, config });
  const newBrowser = () => createBrowser(scene.app, PUBLIC_URL);
  const scene: Scene = {
    provider,
    config,
    app,
    browser: null as never,
    newBrowser,
    async signIn(login, browser = scene.browser, path = '/api/oidc/login') {
      return passProvider(browser, await browser.open(`${PUBLIC_URL}${path}`), login);
    },
    async whoami(browser = scene.browser) {
      const headers = { cookie: browser.cookies(`${PUBLIC_URL}/api/whoami`) };
      const answer = await scene.app.request('GET', '/api/whoami', { token: null, headers });
      return answer.status === 200 ? answer.body : null;
    },
    async audit() {
      const { body } = await scene.app.request('GET', '/api/events?limit=500&category=audit');
      return (body as { items: Event[] }).items;
    },
    async restart(more = {}) {
      const { dataDir } = scene.app;
      await scene.app.stop();
      scene.app = await startTestApp({ ...options, config, dataDir, ...more });
    },
    async close() {
      await scene.app.close();
      await provider.close();
    },
  };
  scene.browser = newBrowser();
  return scene;
}
