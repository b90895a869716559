import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createFailedUnits, unitsIn } from './failed-units.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function probe() {
  const clock = createFakeClock(1_000_000);
  const state = { looks: 0, told: 0, names: ['a.service'] as string[] | null };
  const units = createFailedUnits({
    clock,
    async list() {
      state.looks += 1;
      return state.names;
    },
    onSample: () => {
      state.told += 1;
    },
  });
  return { clock, state, units };
}

const IDLE = { isWatched: false, lastEnded: null };

test('the first word of each line is a unit', () => {
  assert.equal(unitsIn('nginx.service loaded failed failed x\n  a.mount loaded failed failed\n\n'), [
    'nginx.service',
    'a.mount',
  ]);
});

test('an idle agent starts nothing', async () => {
  const { clock, state, units } = probe();
  for (let beat = 0; beat < 20; beat++) {
    assert.is(units.latest(IDLE), null);
    clock.advance(5_000);
    await settle();
  }
  assert.is(state.looks, 0);
});

test('after each command it looks once, and reports', async () => {
  const { state, units } = probe();
  for (const [at, lastEnded] of ['one', 'two'].entries()) {
    units.latest({ isWatched: false, lastEnded });
    await settle();
    assert.equal(units.latest({ isWatched: false, lastEnded }), { names: ['a.service'], sampledAt: 1_000_000 });
    await settle();
    assert.equal([state.looks, state.told], [at + 1, at + 1]);
  }
});

test('while somebody watches it looks every 30 s; asked, once, and no sooner', async () => {
  const { clock, state, units } = probe();
  for (let beat = 0; beat < 13; beat++) {
    units.latest({ isWatched: true, lastEnded: null });
    await settle();
    clock.advance(5_000);
  }
  assert.is(state.looks, 3);
  units.ask();
  units.latest(IDLE);
  await settle();
  assert.is(state.looks, 3, 'not sooner');
  clock.advance(30_000);
  for (let beat = 0; beat < 3; beat++) {
    units.latest(IDLE);
    await settle();
    clock.advance(30_000);
  }
  assert.is(state.looks, 4);
});

test('without an answer of systemd nothing is known', async () => {
  const { state, units } = probe();
  units.latest({ isWatched: false, lastEnded: 'one' });
  await settle();
  state.names = null;
  units.latest({ isWatched: false, lastEnded: 'two' });
  await settle();
  assert.is(units.latest({ isWatched: false, lastEnded: 'two' }), null);
});

test.run();
