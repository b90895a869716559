import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** A person whom the provider knows; without a name it has no such claim. */
export type Account = { name?: string; groups?: string[] };

/** A real identity provider on loopback, whose sign-in page takes any password. */
export type TestProvider = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** By subject; a change counts at once. */
  readonly accounts: Map<string, Account>;
  /** Number of refresh tokens given and not revoked. */
  refreshTokens(): number;
  /** Revokes every refresh token: a request with one is refused. */
  forgetGrants(): Promise<void>;
  /** Stops answering, as after a crash. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
};

export type TestProviderOptions = {
  /** The coordinator's public address. */
  publicUrl: string;
  /** Whether it gives refresh tokens. */
  refreshes?: boolean;
};

const CLIENT = { clientId: 'switchyard', clientSecret: 'the-secret-of-the-client' };

export async function startProvider({ publicUrl, refreshes = true }: TestProviderOptions): Promise<TestProvider> {
  const accounts = new Map<string, Account>();
  const tokens = new Set<string>();
  let provider: Provider | null = null;
  let server: Server = await listening((request, response) => void provider?.callback()(request, response));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  provider = quietly(
    () =>
      new Provider(issuer, {
        clients: [
          {
            client_id: CLIENT.clientId,
            client_secret: CLIENT.clientSecret,
            grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
            redirect_uris: [`${publicUrl}/api/oidc/callback`],
            post_logout_redirect_uris: [`${publicUrl}/`],
          },
        ],
        claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
        scopes: ['openid', 'profile', 'groups', 'offline_access'],
        features: {
          devInteractions: { enabled: true },
          deviceFlow: { enabled: true },
          revocation: { enabled: true },
          rpInitiatedLogout: { enabled: true },
        },
        issueRefreshToken: async () => refreshes,
        findAccount: async (_context, subject) => {
          const account = accounts.get(subject);
          if (!account) return undefined;
          return { accountId: subject, claims: async () => ({ sub: subject, ...account }) };
        },
        ttl: { AccessToken: 3600, RefreshToken: 86_400, Session: 86_400, Grant: 86_400, Interaction: 600 },
        cookies: { keys: ['a key of tests'] },
        jwks: undefined,
      }),
  );
  provider.on('refresh_token.saved', ({ jti }: { jti: string }) => tokens.add(jti));
  provider.on('refresh_token.destroyed', ({ jti }: { jti: string }) => tokens.delete(jti));
  const grants = new Set<string>();
  provider.on('grant.success', ({ oidc }) => {
    const { grantId } = (oidc.entities.Grant as { jti?: string; grantId?: string } | undefined) ?? {};
    if (oidc.entities.Grant) grants.add(grantId ?? (oidc.entities.Grant as unknown as { jti: string }).jti);
  });

  return {
    issuer,
    ...CLIENT,
    accounts,
    refreshTokens: () => tokens.size,
    async forgetGrants() {
      for (const id of grants) await (await provider?.Grant.find(id))?.destroy();
    },
    leave: () => ended(server),
    async comeBack() {
      server = await listening((request, response) => void provider?.callback()(request, response), port);
    },
    close: () => ended(server),
  };
}

type Listener = Parameters<typeof createServer>[1];

async function listening(listener: Listener, port = 0): Promise<Server> {
  const server = createServer(listener as never);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function ended(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.once('close', resolve));
  server.close();
  server.closeAllConnections();
  await closed;
}

/** It warns about its own test pages, and about http. */
function quietly<Made>(make: () => Made): Made {
  const { warn, info } = console;
  Object.assign(console, { warn: () => {}, info: () => {} });
  try {
    return make();
  } finally {
    Object.assign(console, { warn, info });
  }
}
