import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stateFrom } from '../../shared/feed/state.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createFeedWorld, randomFrom } from '../fixtures/feed-world.ts';
import { createPublishedState } from './published-state.ts';

test('twice as much is held while a client catches up, by the number of hosts', () => {
  const world = createFeedWorld(randomFrom(5));
  for (let count = 0; count < 500; count += 1) world.change();
  const clock = createFakeClock();
  const state = stateFrom(world.expected());
  let catchesUp = true;
  const published = createPublishedState({
    ...{ clock, load: () => state, named: (value) => value, held: { maxDeltas: 1_000_000, maxBytes: 1 } },
    ...{ host: world.host, attention: world.attention, rollout: world.rollout, rolloutHost: world.rolloutHost },
    guard: (_, work) => {
      work();
      return true;
    },
    ...{ hasClients: () => true, catchesUp: () => catchesUp, onPublished: () => {} },
  });
  void published.wake();
  // Some hosts of this world have long texts. The last delta is held however large it is.
  const sizeOf = (one: object) => JSON.stringify(one).length;
  const [host] = [...state.hosts.values()].sort((one, other) => sizeOf(one) - sizeOf(other));
  if (!host) throw new Error('there is no host');
  /** The bytes of deltas that are held after a great many changes. */
  const held = (): number => {
    for (let count = 0; count < 5_000; count += 1) {
      published.add([{ type: 'host', hostId: host.id }]);
      clock.advance(100);
    }
    const { deltas } = published;
    let bytes = 0;
    for (let version = deltas.version(); deltas.reaches(version); version -= 1)
      bytes += deltas.after(version)?.length ?? 0;
    return bytes;
  };
  const most = (aHost: number) => aHost * state.hosts.size;
  const catching = held();
  assert.ok(catching > most(2_048) && catching <= most(4_096), `${catching} bytes for ${state.hosts.size} hosts`);
  catchesUp = false;
  const least = held();
  assert.ok(least > most(1_024) && least <= most(2_048), `${least} bytes`);
  published.close();
});

test.run();
