import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createSharing } from './sharing.ts';

test('equal values are shared, others are not', () => {
  const share = createSharing();
  const ops = [{ id: 'pull' }];
  assert.is(share.whole(ops), ops);
  assert.is(share.whole([{ id: 'pull' }]), ops);
  assert.equal(share.whole([{ id: 'test' }]), [{ id: 'test' }]);
});

test('values are not held for ever', () => {
  const share = createSharing();
  const first = share.whole(['first']);
  for (let count = 0; count < 1_000; count += 1) share.whole([count]);
  assert.is.not(share.whole(['first']), first);
});

test('a value with shared texts is as it was', () => {
  const share = createSharing();
  const report = () => ({
    lock: 'a hash that is long',
    none: null,
    checks: [{ message: 'a message that is long', at: 5 }],
  });
  const [one, other] = [report(), report()];
  share.texts(one);
  share.texts(other);
  assert.equal([one, other], [report(), report()]);
});

test.run();
