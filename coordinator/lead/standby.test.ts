import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { systemClock } from '../../shared/time/clock.ts';
import { openStandby } from './standby.ts';
import type { Waiting } from './waiting.ts';

async function withStandby(use: (address: string, be: (waiting: Waiting) => void) => Promise<void>): Promise<void> {
  let waiting: Waiting = { kind: 'standby', leader: null };
  const standby = await openStandby({ clock: systemClock, waiting: () => waiting }, { host: '127.0.0.1', port: 0 });
  try {
    await use(standby.address(), (next) => {
      waiting = next;
    });
  } finally {
    await standby.close();
  }
}

test('a standby is healthy, and its refusals name a known leader or the unavailable store', () =>
  withStandby(async (address, be) => {
    const ask = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${address}${path}`, init);
      const { code, leader } = (await answer.json()) as { code?: string; leader?: string | null };
      assert.is(answer.headers.get('connection'), 'close', 'no request may be under way when it takes the lead');
      return [answer.status, code, leader, answer.headers.get('retry-after')];
    };
    assert.equal(await ask('/healthz?x=1'), [200, undefined, undefined, null]);
    assert.equal(await ask('/readyz'), [503, 'standby', null, '1']);
    be({ kind: 'standby', leader: 'https://one.example.com' });
    const body = 'x'.repeat(100_000);
    assert.equal(await ask('/api/dispatch', { method: 'POST', body }), [
      503,
      'standby',
      'https://one.example.com',
      '1',
    ]);
    be({ kind: 'away' });
    assert.equal(await ask('/api/hosts'), [503, 'storage_unavailable', undefined, '1']);
  }));

test("an upgrade is refused as a request is, and no leader's name breaks out of the page's link", () =>
  withStandby(async (address, be) => {
    be({ kind: 'standby', leader: 'https://one.example.com/"><script>' });
    const socket = new WebSocket(`${address.replace('http', 'ws')}/ws/agent`);
    const answer = await new Promise<unknown[]>((resolve) =>
      socket.on('unexpected-response', (_request, { statusCode, headers }) =>
        resolve([statusCode, headers['switchyard-leader']]),
      ),
    );
    socket.on('error', () => {});
    socket.terminate();
    assert.equal(answer, [503, 'known']);
    const page = await (await fetch(address, { headers: { accept: 'text/html' } })).text();
    assert.match(page, 'href="https://one.example.com/&#34;&#62;&#60;script&#62;/"');
  }));

test("a person's browser gets a page that leads to the same place at the leader, and looks again by itself", () =>
  withStandby(async (address, be) => {
    const open = async (path: string) => {
      const answer = await fetch(`${address}${path}`, { headers: { accept: 'text/html' } });
      return { text: await answer.text(), policy: answer.headers.get('content-security-policy') ?? '' };
    };
    be({ kind: 'standby', leader: 'https://one.example.com/fleet/' });
    const { text, policy } = await open('/hosts/web1?q=a&b');
    assert.match(text, '<a href="https://one.example.com/fleet/hosts/web1?q=a&#38;b">');
    assert.match(text, '<h1>This coordinator stands by</h1>');
    assert.match(text, 'http-equiv="refresh"');
    assert.is(text.split('https://one.example.com').length, 3, 'the leader is named once, and linked once');
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
    assert.match(policy, `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    be({ kind: 'standby', leader: null });
    assert.match((await open('/')).text, 'None leads yet');
    be({ kind: 'away' });
    assert.match((await open('/')).text, '<h1>The store is not available</h1>');
  }));

test.run();
