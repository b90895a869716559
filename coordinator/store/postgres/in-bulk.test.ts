import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inBulk } from './in-bulk.ts';

/** A read that the test answers. */
function held() {
  const reads: { keys: readonly string[]; answer: PromiseWithResolvers<ReadonlyMap<string, string>> }[] = [];
  const ask = inBulk<string>((keys) => {
    const answer = Promise.withResolvers<ReadonlyMap<string, string>>();
    reads.push({ keys, answer });
    return answer.promise;
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const named = (keys: readonly string[] = []) => new Map(keys.map((key) => [key, `value of ${key}`]));
  return { reads, ask, turn, named };
}

test('keys that are asked for while a read is under way go together in the next one', async () => {
  const { reads, ask, turn, named } = held();
  const first = [ask('a'), ask('b'), ask('a')];
  await turn();
  const second = [ask('c'), ask('a'), ask('unknown')];
  await turn();
  assert.equal(
    reads.map(({ keys }) => keys),
    [['a', 'b']],
  );
  reads[0]?.answer.resolve(named(['a', 'b']));
  assert.equal(await Promise.all(first), ['value of a', 'value of b', 'value of a']);
  await turn();
  assert.equal(reads[1]?.keys, ['c', 'a', 'unknown'], 'the value may have changed since the first read');
  reads[1]?.answer.resolve(named(['c', 'a']));
  assert.equal(await Promise.all(second), ['value of c', 'value of a', null]);
  assert.is(reads.length, 2);
});

test('a read that fails refuses its own keys, and the next one follows', async () => {
  const { reads, ask, turn, named } = held();
  const lost = ask('a').catch(({ message }) => message);
  await turn();
  const kept = ask('a');
  reads[0]?.answer.reject(new Error('away'));
  assert.is(await lost, 'away');
  await turn();
  reads[1]?.answer.resolve(named(['a']));
  assert.is(await kept, 'value of a');
});

test.run();
