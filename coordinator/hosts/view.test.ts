import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createRig } from '../fixtures/rig.ts';

test('an unreadable past fails only for those who asked, and is read again at the next request', async () => {
  let fails = true;
  const rig = createRig({
    store: (store) => ({
      ...store,
      commands: {
        ...store.commands,
        lastEnded: async (...asked) => {
          if (fails) throw new Error('the connection was lost');
          return store.commands.lastEnded(...asked);
        },
      },
    }),
  });
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    const web1 = rig.addHost('web1');
    rig.views.forget(web1);
    const asked = await Promise.allSettled([rig.views.prepare([web1]), rig.views.prepare([web1])]);
    assert.equal(
      asked.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    rig.views.forget(web1);
    await Promise.allSettled([rig.views.prepare([web1])]);
    await new Promise(setImmediate);
    assert.equal(unhandled, []);
    fails = false;
    await rig.views.prepare([web1]);
    assert.ok(rig.views.isPrepared(web1));
  } finally {
    process.off('unhandledRejection', note);
    rig.close();
  }
});

test("the pasts of a fleet are read in slices, with the event loop's turns in between", async () => {
  let reads = 0;
  const rig = createRig({
    store: (store) => ({
      ...store,
      commands: {
        ...store.commands,
        lastEnded(...asked) {
          reads += 1;
          return store.commands.lastEnded(...asked);
        },
      },
    }),
  });
  try {
    const hostIds = Array.from({ length: 2_500 }, (_, n) => `host-${n}`);
    const prepared = rig.views.prepare(hostIds);
    const seen = [reads];
    while (seen.length < 3) {
      await new Promise(setImmediate);
      rig.turn();
      await new Promise(setImmediate);
      seen.push(reads);
    }
    assert.equal(seen, [1_000, 2_000, 2_500]);
    rig.turn();
    await prepared;
    assert.ok(hostIds.every((id) => rig.views.isPrepared(id)));
  } finally {
    rig.close();
  }
});

test.run();
