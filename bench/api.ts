import { request as httpRequest } from 'node:http';

/** The coordinator's HTTP API, as an administrator. */
export type Api = {
  /** Rejects unless the answer is a 2xx, or one of `also`. */
  get<Value>(path: string): Promise<Value>;
  post<Value>(path: string, body: object): Promise<Value>;
};

/** On node:http, because the subject is the server and not `fetch`. */
export function createApi({ address, adminToken }: { address: string; adminToken: string }): Api {
  const call = <Value>(method: string, path: string, body?: object): Promise<Value> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
      const sent = httpRequest(`${address}${path}`, {
        method,
        headers: body ? headers : { authorization: headers.authorization },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          if (response.statusCode && response.statusCode < 300) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
        });
      });
      sent.end(body && JSON.stringify(body));
    });
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
}

type Page = { items: unknown[] };

/** Waits until no command is active any more. */
export async function whenIdle(api: Api, withinMs = 60_000): Promise<void> {
  const givenUpAt = Date.now() + withinMs;
  while ((await api.get<Page>('/api/commands?active=true&limit=1')).items.length > 0) {
    if (Date.now() > givenUpAt) throw new Error('commands are still active');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
