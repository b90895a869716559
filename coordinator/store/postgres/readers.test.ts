import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReaders } from './readers.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const reasonOf = (asked: Promise<unknown>) =>
  asked.then(
    () => null,
    ({ message }) => message,
  );

test('questions beyond the sessions wait for their turn, however long, and come in their order', async () => {
  let opened = 0;
  const readers = createReaders(2, async () => {
    opened += 1;
    return opened;
  });
  const answers: (() => void)[] = [];
  const order: number[] = [];
  const asked = Array.from({ length: 5_000 }, (_, index) =>
    readers.use(async () => {
      order.push(index);
      await new Promise<void>((resolve) => answers.push(resolve));
    }),
  );
  await turn();
  assert.equal(order, [0, 1]);
  while (answers.length > 0) {
    for (const answer of answers.splice(0)) answer();
    await turn();
  }
  await Promise.all(asked);
  assert.equal(
    order,
    asked.map((_, index) => index),
  );
  assert.is(opened, 2);
});

test('a question that is refused leaves its session to the next', async () => {
  const readers = createReaders(1, async () => 'session');
  const refused = reasonOf(readers.use(async () => Promise.reject(new Error('no such table'))));
  const next = readers.use(async (session) => session);
  assert.is(await refused, 'no such table');
  assert.is(await next, 'session');
});

test('waiting questions are refused if no session can be opened, or once the sessions are cut', async () => {
  const opening: PromiseWithResolvers<string>[] = [];
  const readers = createReaders(1, () => {
    const one = Promise.withResolvers<string>();
    opening.push(one);
    return one.promise;
  });
  const [first, behind] = [reasonOf(readers.use(async () => {})), reasonOf(readers.use(async () => {}))];
  opening[0]?.reject(new Error('too many clients'));
  assert.equal(await Promise.all([first, behind]), ['too many clients', 'too many clients']);
  const never = reasonOf(readers.use(() => new Promise(() => {})));
  opening[1]?.resolve('session');
  await turn();
  const waits = reasonOf(readers.use(async () => {}));
  await turn();
  readers.close(new Error('cut'));
  assert.equal(await Promise.all([waits, reasonOf(readers.use(async () => {}))]), ['cut', 'cut']);
  void never;
});

test.run();
