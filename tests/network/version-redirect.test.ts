/** A version.json requested over TLS is not believed without it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createUrlReader } from '../../coordinator/target/url-target.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import type { Target } from '../../shared/model/target.ts';
import { systemClock } from '../../shared/time/clock.ts';
import { createAuthority } from './fixtures/certificates.ts';

const NOTHING: Target = { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null };
const tlsTest = testUnless([toolMissing('openssl')]);

const portOf = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

tlsTest('a redirect is followed from https to https, and never from https to http', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-redirect-'));
  const authority = createAuthority(dir);
  tls.setDefaultCACertificates([readFileSync(authority.file, 'utf8')]);
  const asked: string[] = [];
  let plainPort = 0;
  const answer: RequestListener = ({ url = '' }, response) => {
    asked.push(url);
    if (url === '/down') response.writeHead(302, { location: `http://localhost:${plainPort}/v?token=s3cret` }).end();
    else if (url === '/on') response.writeHead(302, { location: '/v' }).end();
    else response.end(JSON.stringify({ commit: 'a'.repeat(40) }));
  };
  const [secure, plain] = [createSecureServer(authority.issue('localhost'), answer), createServer(answer)];
  try {
    const port = await portOf(secure);
    plainPort = await portOf(plain);
    const look = (path: string) => {
      const versionUrl = `https://localhost:${port}${path}`;
      return createUrlReader({ versionUrl, branch: 'main', clock: systemClock }).look(
        NOTHING,
        new AbortController().signal,
      );
    };
    assert.is((await look('/on')).kind, 'found');
    const down = await look('/down');
    assert.equal(asked, ['/on', '/v', '/down']);
    assert.match(JSON.stringify(down), `it redirects to http://localhost:${plainPort}, without TLS`);
    assert.not.match(JSON.stringify(down), 's3cret');
  } finally {
    for (const server of [secure, plain]) server.close();
    rmSync(dir, { recursive: true });
  }
});

test.run();
