import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createSharing } from './sharing.ts';

test('equal values are shared, others are not', () => {
  const share = createSharing();
  const ops = [{ id: 'pull' }];
  assert.is(share(ops), ops);
  assert.is(share([{ id: 'pull' }]), ops);
  assert.equal(share([{ id: 'test' }]), [{ id: 'test' }]);
});

test('it does not hold every value for ever', () => {
  const share = createSharing();
  const first = share(['first']);
  for (let count = 0; count < 1_000; count += 1) share([count]);
  assert.is.not(share(['first']), first);
});

test.run();
