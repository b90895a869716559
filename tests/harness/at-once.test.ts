import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { atOnce } from './at-once.ts';

type Added = { title: string; run: () => Promise<void> };

/** A suite that only collects its tests. */
function collected() {
  const added: Added[] = [];
  const collect = ((title: string, run: () => Promise<void>) => void added.push({ title, run })) as typeof test;
  return { added, collect };
}

test('tests that wait for each other end; one that fails does so by its own name', async () => {
  const { added, collect } = collected();
  const add = atOnce(collect);
  const met = Promise.withResolvers<void>();
  add('first', () => met.promise);
  add('second', async () => {
    throw new Error('of the second');
  });
  add('third', async () => met.resolve());
  assert.equal(
    added.map(({ title }) => title),
    ['first', 'second', 'third'],
  );
  const [first, second, third] = added;
  await first?.run();
  assert.match(String(await second?.run().catch((error) => error)), 'of the second');
  await third?.run();
});

test('at most as many run at a time as there are lanes', async () => {
  const { added, collect } = collected();
  const add = atOnce(collect, 2);
  let running = 0;
  let most = 0;
  for (let n = 0; n < 5; n += 1)
    add(String(n), async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    });
  await Promise.all(added.map(({ run }) => run()));
  assert.is(most, 2);
});

test.run();
