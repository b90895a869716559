import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

/** Its answers, read at each request; a test changes them. */
export type Lies = {
  discovery: Json;
  /** Override an honest provider's claims about ann; `undefined` removes a claim. */
  claims: Json;
  userinfo: Json;
  token: Json;
  /** Overrides the honest header of the ID token. */
  header: Json;
  /** Signs with a key that it does not publish. */
  signsWithOther: boolean;
  callback: Record<string, string>;
  /** Answers everything with this text instead. */
  garbage: { status: number; type: string; text: string } | null;
};

/** An identity provider that answers as a test wants. It asks nobody for a password. */
export type Forger = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  lies: Lies;
  /** Switches to another key; the old one is no longer published. */
  rotateKey(): void;
  close(): Promise<void>;
};

const none = (): Lies => ({
  discovery: {},
  claims: {},
  userinfo: {},
  token: {},
  header: {},
  callback: {},
  signsWithOther: false,
  garbage: null,
});

const base64 = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const newKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function startForger(): Promise<Forger> {
  let key = newKey();
  let keys = 1;
  const other = newKey();
  /** The browser's request, by code. */
  const asked = new Map<string, URLSearchParams>();

  function signed(claims: Json, header: Json, privateKey: KeyObject): string {
    const text = `${base64({ alg: 'RS256', kid: `key-${keys}`, ...header })}.${base64(claims)}`;
    if (header.alg === 'none') return `${text}.`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
  }

  function idToken(code: string): string {
    const now = Math.floor(Date.now() / 1000);
    const honest = { iss: forger.issuer, aud: forger.clientId, sub: 'ann', iat: now, exp: now + 300, auth_time: now };
    const claims = { ...honest, nonce: asked.get(code)?.get('nonce'), groups: ['sre'], ...forger.lies.claims };
    return signed(claims, forger.lies.header, (forger.lies.signsWithOther ? other : key).privateKey);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { lies, issuer } = forger;
    const url = new URL(request.url ?? '/', issuer);
    const json = (body: Json) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (lies.garbage) {
      response.writeHead(lies.garbage.status, { 'content-type': lies.garbage.type }).end(lies.garbage.text);
      return;
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        json({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          ...lies.discovery,
        });
        break;
      case '/auth': {
        const code = `code-${asked.size}`;
        asked.set(code, url.searchParams);
        const back = new URL(url.searchParams.get('redirect_uri') ?? '');
        const said = { code, state: url.searchParams.get('state') ?? '', ...lies.callback };
        for (const [name, value] of Object.entries(said)) back.searchParams.set(name, value);
        response.writeHead(302, { location: back.href }).end();
        break;
      }
      case '/token': {
        const code = new URLSearchParams(body).get('code') ?? '';
        json({ access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token: idToken(code), ...lies.token });
        break;
      }
      case '/userinfo':
        json({ sub: 'ann', ...lies.userinfo });
        break;
      case '/jwks':
        json({ keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: `key-${keys}`, use: 'sig', alg: 'RS256' }] });
        break;
      default:
        response.writeHead(404).end();
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const forger: Forger = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'switchyard',
    clientSecret: 'the-secret-of-the-client',
    lies: none(),
    rotateKey() {
      key = newKey();
      keys += 1;
    },
    async close() {
      const closed = new Promise((resolve) => server.once('close', resolve));
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return forger;
}

export const noLies = none;
