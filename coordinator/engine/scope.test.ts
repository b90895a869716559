import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createScope } from './scope.ts';

test('work for a host or an address leaves the outer scope as it was, also when it throws', () => {
  const scope = createScope();
  const now = () => [scope.hostId(), scope.address()];
  scope.askedFrom('192.0.2.1', () => {
    assert.equal(scope.inTurnOf('web1', now), ['web1', '192.0.2.1']);
    const fails = () => {
      throw new Error('no');
    };
    assert.throws(() => scope.inTurnOf('web1', fails), 'no');
    assert.equal(now(), [null, '192.0.2.1']);
  });
  assert.equal(now(), [null, null]);
});

test('a function that is bound runs later in the scope of now', () => {
  const scope = createScope();
  const later = scope.inTurnOf('web1', () => scope.bound((word: string) => [word, scope.hostId(), scope.address()]));
  assert.equal(
    scope.askedFrom('192.0.2.1', () => later('told')),
    ['told', 'web1', null],
  );
});

test.run();
