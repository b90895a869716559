import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Target } from '../../shared/model/target.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createTargetPoller, type PollResult } from './poller.ts';

const found = (commit: string): PollResult => ({
  kind: 'found',
  commit,
  lockHash: `lock of ${commit}`,
  branch: 'main',
});

/** A poller whose looks end when the test says so. */
function start({ pollMs = 30_000 } = {}) {
  const clock = createFakeClock(1000);
  const looks: {
    last: Target;
    signal: AbortSignal;
    end: (look: PollResult) => Promise<void>;
    fail: (cause: Error) => void;
  }[] = [];
  const seen: [commit: string | null, error: string | null, changed: boolean][] = [];
  const poller = createTargetPoller({
    clock,
    pollMs,
    reader: {
      name: 'the source',
      look: (last, signal) => {
        const { promise, resolve, reject } = Promise.withResolvers<PollResult>();
        const end = async (look: PollResult) => {
          resolve(look);
          await settled();
        };
        looks.push({ last, signal, end, fail: reject });
        return promise;
      },
    },
    onLook: ({ commit, error }, changed) => void seen.push([commit, error, changed]),
  });
  const lookAt = (index: number) => {
    const look = looks[index];
    if (!look) throw new Error(`there was no look ${index}`);
    return look;
  };
  return { clock, poller, looks, lookAt, seen };
}

/** All consequences of promises have happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the first look begins at once, each next one pollMs after the last one ended', async () => {
  const { clock, looks, lookAt, poller } = start();
  assert.is(looks.length, 1);
  clock.advance(100_000);
  assert.is(looks.length, 1, 'a look that takes long is not joined by another');
  await lookAt(0).end(found('c1'));
  assert.equal(poller.current(), {
    commit: 'c1',
    lockHash: 'lock of c1',
    branch: 'main',
    source: 'the source',
    checkedAt: 101_000,
    error: null,
  });
  clock.advance(29_999);
  assert.is(looks.length, 1);
  clock.advance(1);
  assert.is(looks.length, 2);
  assert.is(lookAt(1).last.commit, 'c1');
});

test('a failed look keeps the known target and says why; a good one clears the reason', async () => {
  const { clock, lookAt, poller, seen } = start();
  await lookAt(0).end(found('c1'));
  clock.advance(30_000);
  await lookAt(1).end({ kind: 'failed', detail: 'no answer' });
  assert.is(poller.current().commit, 'c1');
  assert.is(poller.current().lockHash, 'lock of c1');
  assert.is(poller.current().error, 'no answer');
  assert.is(poller.current().checkedAt, 31_000);
  clock.advance(30_000);
  await lookAt(2).end(found('c1'));
  clock.advance(30_000);
  await lookAt(3).end(found('c1'));
  assert.equal(seen, [
    ['c1', null, true],
    ['c1', 'no answer', true],
    ['c1', null, true],
    ['c1', null, false],
  ]);
});

test('a look that throws has failed, and polling goes on', async () => {
  const { clock, lookAt, looks, poller } = start();
  lookAt(0).fail(new Error('disk full'));
  await settled();
  assert.is(poller.current().error, 'Error: disk full');
  clock.advance(30_000);
  assert.is(looks.length, 2);
});

test('refresh looks at once and moves the next poll', async () => {
  const { clock, looks, lookAt, poller } = start();
  await lookAt(0).end(found('c1'));
  clock.advance(20_000);
  const refreshed = poller.refresh();
  assert.is(looks.length, 2);
  await lookAt(1).end(found('c2'));
  assert.is((await refreshed).commit, 'c2');
  clock.advance(29_999);
  assert.is(looks.length, 2);
  clock.advance(1);
  assert.is(looks.length, 3);
});

test('a refresh during a look gets a later one, shared by all', async () => {
  const { looks, lookAt, poller } = start();
  const [one, other] = [poller.refresh(), poller.refresh()];
  await settled();
  assert.is(looks.length, 1, 'never two at a time');
  await lookAt(0).end(found('c1'));
  assert.is(looks.length, 2);
  await lookAt(1).end(found('c2'));
  assert.is((await one).commit, 'c2');
  assert.is((await other).commit, 'c2');
  assert.is(looks.length, 2);
});

test('an unknown commit fetched by a host begins a look', async () => {
  const { looks, lookAt, poller } = start();
  await lookAt(0).end(found('c1'));
  poller.fetched('c1');
  assert.is(looks.length, 1);
  poller.fetched('c2');
  assert.is(looks.length, 2);
  await lookAt(1).end(found('c2'));
  assert.is(poller.current().commit, 'c2');
});

test('close aborts the look under way, forgets its result and leaves no timer', async () => {
  const { clock, lookAt, poller, seen } = start();
  await lookAt(0).end(found('c1'));
  clock.advance(30_000);
  const closed = poller.close();
  assert.ok(lookAt(1).signal.aborted);
  await lookAt(1).end({ kind: 'failed', detail: 'stopped' });
  await closed;
  assert.is(clock.pending(), 0);
  assert.is(seen.length, 1);
  assert.is((await poller.refresh()).commit, 'c1');
});

test('with nothing to read there is no target and nothing to poll', async () => {
  const clock = createFakeClock();
  const poller = createTargetPoller({ clock, reader: null, pollMs: 1, onLook: () => assert.unreachable() });
  assert.is(clock.pending(), 0);
  assert.equal(await poller.refresh(), {
    commit: null,
    lockHash: null,
    branch: null,
    source: null,
    checkedAt: null,
    error: null,
  });
  await poller.close();
});

test.run();
