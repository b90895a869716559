import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../shared/clock.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createGuardHost } from './fixtures/guard-host.ts';
import { createGuards } from './guards.ts';

test('of two decisions the first that came is made, even where its plan is read later', async () => {
  const host = createGuardHost({ armedAt: Date.now() });
  host.folder.mark('activated');
  const late = Promise.withResolvers<void>();
  let reads = 0;
  let isNextLate = false;
  const guards = createGuards({
    store: {
      async plan() {
        reads += 1;
        const isLate = isNextLate;
        isNextLate = false;
        if (isLate) await late.promise;
        return host.plan;
      },
      savePlan: async () => {},
      end: async () => null,
      settle: async () => {},
    },
    clock: systemClock,
    log: pino({ enabled: false }),
    bootId: host.plan.bootId,
    witnesses: [],
    isWelcomed: () => true,
    onChange: () => {},
    onUndone: () => {},
  });
  try {
    await waitFor('the look at the start', () => reads === 2);
    isNextLate = true;
    const decided = [guards.decide('undo', host.plan.commandId), guards.decide('keep', host.plan.commandId)];
    // What would overtake has had its turn.
    await new Promise((resolve) => setImmediate(resolve));
    late.resolve();
    await Promise.all(decided);
    assert.match(readFileSync(join(host.plan.dir, 'decision'), 'utf8'), /^undo/);
  } finally {
    guards.close();
    await host.close();
  }
});

test.run();
