import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import type { Event, NewEvent } from '../../../shared/model/event.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../../fixtures/test-app.ts';
import type { Store } from '../../store/port.ts';

let app: TestApp;
let spans = 0;
/** Counts the store's reads of a piece of a span. */
const counted = (store: Store): Store => ({
  ...store,
  events: {
    ...store.events,
    span: (span) => {
      spans += 1;
      return store.events.span(span);
    },
  },
});
test.before.each(async () => {
  spans = 0;
  app = await startTestApp({ clock: createFakeClock(AT), store: counted });
});
test.after.each(() => app.close());

/** Recent enough for retention to keep. */
const AT = 1_700_000_000_000;
const AUDIT: NewEvent = {
  at: AT,
  level: 'info',
  category: 'audit',
  actor: 'admin',
  address: '::1',
  hostId: null,
  commandId: null,
  code: 'host_added',
  message: 'web1 was added',
  next: null,
};

async function write(...events: Partial<NewEvent>[]): Promise<void> {
  const writes = events.map((event) => ({ type: 'event' as const, event: { ...AUDIT, ...event } }));
  await new Promise<void>((resolve, reject) =>
    app.store.write([writes], ([written]) => (written && 'cause' in written ? reject(written.cause) : resolve())),
  );
}
const get = (query: string) => app.request('GET', `/api/events?${query}`);
const page = async (query: string): Promise<{ items: Event[]; next: number | null }> => (await get(query)).body;
const lines = (text: string): Event[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test('a whole span comes in each format, across many pieces, every event once and in order', async () => {
  const many = Array.from({ length: 1_300 }, (_, n) => ({ at: AT + n, message: `event ${n}` }));
  await write(...many.flatMap((event) => [event, { ...event, category: 'system' as const }]));
  const wanted = many.map(({ message }) => message);
  const ndjson = await get('category=audit&format=ndjson');
  assert.is(ndjson.headers['content-type'], 'application/x-ndjson');
  assert.equal(
    lines(ndjson.text).map(({ message }) => message),
    wanted,
  );
  const json = await page('category=audit&format=json');
  assert.equal([json.items.map(({ message }) => message), json.next], [wanted, null]);
  const csv = (await get('category=audit&format=csv')).text.split('\r\n');
  assert.is(csv[0], 'id,time,at,level,category,actor,address,hostId,commandId,code,message,next,actorName');
  assert.is(csv[1], '1,2023-11-14T22:13:20.000Z,1700000000000,info,audit,admin,::1,,,host_added,event 0,,');
  assert.is(csv.length, 1 + 1_300 + 1);
  assert.equal((await page(`category=audit&since=${AT + 5000}&format=json`)).items, []);
  const some = lines((await get(`category=audit&since=${AT + 100}&until=${AT + 102}&format=ndjson`)).text);
  assert.equal(
    some.map(({ message }) => message),
    ['event 100', 'event 101'],
  );
  assert.is(lines((await get('format=ndjson&limit=7')).text).length, 7);
});

test('pages of a category and a span go on by their cursor, forwards and back', async () => {
  await write(...Array.from({ length: 5 }, (_, n) => ({ at: AT + 10 + n, message: `${n}` })), {
    at: AT + 12,
    category: 'system',
  });
  const walk = async (query: string, cursor: 'after' | 'before', start = ''): Promise<string[]> => {
    const found: string[] = [];
    for (let from = start; ; ) {
      const { items, next } = await page(`${query}&limit=2${from}`);
      found.push(...items.map(({ message }) => message));
      if (next === null) return found;
      from = `&${cursor}=${next}`;
    }
  };
  assert.equal(await walk('category=audit', 'after'), ['0', '1', '2', '3', '4']);
  assert.equal(await walk('category=audit', 'before', `&before=${Number.MAX_SAFE_INTEGER}`), ['4', '3', '2', '1', '0']);
  assert.equal(await walk(`category=audit&since=${AT + 11}&until=${AT + 14}`, 'after'), ['1', '2', '3']);
  assert.equal(
    (await page('category=system')).items.map(({ at }) => at),
    [AT + 12],
  );
  assert.is((await get('category=gossip')).status, 400);
  assert.is((await get('format=xml')).status, 400);
});

test('text by hosts and people stays text in a spreadsheet', async () => {
  await write({ message: '=HYPERLINK("http://evil.example.com","x")' }, { message: 'a "quoted", line\nbreak' });
  const csv = (await get('category=audit&format=csv')).text;
  assert.match(csv, /,"'=HYPERLINK\(""http:\/\/evil\.example\.com"",""x""\)",/);
  assert.match(csv, /,"a ""quoted"", line\nbreak",/);
});

test('the export does not read ahead of a client that stops reading, and holds up nobody', async () => {
  const message = 'x'.repeat(2_000);
  for (let n = 0; n < 20; n += 1) await write(...Array.from({ length: 1_000 }, () => ({ message })));
  const asked = httpRequest(`${await app.listen()}/api/events?category=audit&format=ndjson`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let before = -1;
  await waitFor('that it reads no further', async () => {
    const stays = spans === before;
    before = spans;
    // Nothing must happen in this time.
    await pause(50);
    return stays && spans > 0;
  });
  assert.ok(spans < 35, `${spans} of 41 pieces were read`);
  assert.is((await page('limit=1')).items.length, 1);
  let bytes = 0;
  response.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  await once(response, 'end');
  assert.ok(bytes > 40_000_000, `${bytes} bytes`);
});

test('a long read lets others take their turn after each piece, also where no event fits', async () => {
  await app.addHost('web1');
  await write(...Array.from({ length: 2_000 }, () => ({})));
  for (const query of ['category=audit&format=ndjson', 'category=audit&host=web1&level=error']) {
    let [before, most] = [spans, 0];
    const look = (): void => {
      most = Math.max(most, spans - before);
      before = spans;
    };
    let turns = setImmediate(function again() {
      look();
      turns = setImmediate(again);
    });
    assert.is((await get(query)).status, 200);
    clearImmediate(turns);
    look();
    assert.ok(most > 0 && most <= 2, `${query}: ${most} of 21 pieces were read in one turn`);
  }
});

test.run();
