import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stateFrom } from '../../shared/feed/state.ts';
import type { Event } from '../../shared/model/event.ts';
import { createLiveFeedBatch } from './batch.ts';

const event = (id: number): Event => ({
  id,
  at: id,
  level: 'info',
  category: 'system',
  actor: 'system',
  address: null,
  hostId: null,
  commandId: null,
  code: 'c',
  message: 'm',
  next: null,
});

test('an event that came while the state was read, and is in it, is not sent again', () => {
  const target = { commit: null, lockHash: null, branch: null, source: null, checkedAt: null, error: null };
  const state = stateFrom({
    hosts: [],
    commands: [],
    events: [event(4), event(5)],
    attention: [],
    target,
    rollouts: [],
  });
  const guard = (_: string, run: () => void) => {
    run();
    return true;
  };
  const nothing = () => null;
  const batch = createLiveFeedBatch({
    host: nothing,
    attention: () => [],
    rollout: nothing,
    rolloutHost: nothing,
    guard,
  });
  for (const id of [5, 6]) batch.add({ type: 'event', event: event(id) });
  assert.equal(batch.take(state), [{ type: 'event', event: event(6) }]);
});

test.run();
