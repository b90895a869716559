import type { QueryResult } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { event } from '../fixtures/writes.ts';
import type { Written } from '../write.ts';
import { createBatches } from './batches.ts';
import type { Session } from './database.ts';

/** A database that answers each statement when the test says so. */
function heldDatabase() {
  const asked: { sql: string; answer: PromiseWithResolvers<QueryResult> }[] = [];
  const session: Session = {
    query({ sql }) {
      const answer = Promise.withResolvers<QueryResult>();
      asked.push({ sql, answer });
      return answer.promise;
    },
    ask: async () => [],
    run: async () => {},
  };
  const lost: Error[] = [];
  const write = createBatches({ session, isCut: () => false, term: 1, onLost: (cause) => lost.push(cause) });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { asked, lost, write, settled };
}

const answerOf = (...ids: number[]) => ({ rows: ids.map((id) => ({ id })) }) as unknown as QueryResult;

test('while the database writes one statement of a long part, the next one is made, and waits', async () => {
  const { asked, write, settled } = heldDatabase();
  let made = 0;
  const events = Array.from({ length: 25_000 }, () => {
    const { event: one } = event() as { event: object };
    return { type: 'event', event: Object.defineProperty(one, 'at', { enumerable: true, get: () => (made += 1) }) };
  });
  const written = write([events as ReturnType<typeof event>[]]);
  await settled();
  assert.equal([asked.length, made], [1, 20_001]);
  asked[0]?.answer.resolve(answerOf(...Array(10_000).keys()));
  await settled();
  assert.equal([asked.length, made], [2, 25_000]);
  asked[1]?.answer.resolve(answerOf());
  await settled();
  asked[2]?.answer.resolve(answerOf());
  const [result] = await written;
  assert.ok(result && 'events' in result);
});

test('a refused statement refuses its part, though the next one is made already', async () => {
  const { asked, lost, write, settled } = heldDatabase();
  const long = Array.from({ length: 25_000 }, () => event());
  const written = write([long, [event()]]);
  await settled();
  asked[0]?.answer.reject(Object.assign(new Error('too long'), { severity: 'ERROR', code: '22001' }));
  await settled();
  assert.is(asked.length, 2);
  asked[1]?.answer.resolve({ rows: [{ results: [{ ids: [7] }] }] } as unknown as QueryResult);
  const results: readonly Written[] = await written;
  assert.equal(
    results.map((one) => ('cause' in one ? String(one.cause) : one.events.map(({ id }) => id))),
    ['Error: too long', [7]],
  );
  assert.equal(lost, []);
});

test.run();
