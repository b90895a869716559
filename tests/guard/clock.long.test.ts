import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { faketimeMissing, withWallClock } from '../harness/wall-clock.ts';
import { NEW } from './guarded-host.ts';
import { activated, hostTest } from './scene.ts';

// The deadline is in time awake, so a clock that is set moves none.

const DAY = 86_400_000;

hostTest(
  'a clock that jumps a day forward and back in the window decides nothing',
  (host) =>
    withWallClock(async (clock) => {
      host.killAgent();
      Object.assign(host.env, clock.env);
      const before = host.hellos.length;
      host.startAgent();
      await waitFor('the agent on its clock', () => host.hellos.length > before);
      const id = await activated(host, { confirmMs: 60_000 });
      for (const offset of [DAY, -DAY]) {
        clock.set(offset);
        const { guard } = await host.shows(
          'a report by that clock',
          ({ sampledAt }) => Math.abs(sampledAt - Date.now() - offset) < DAY / 2,
        );
        assert.equal([guard?.commandId, guard?.state], [id, 'activated']);
        const left = (guard?.deadline ?? 0) - Date.now() - offset;
        assert.ok(left > 0 && left < 60_000, `${left} ms are left`);
      }
      host.say({ type: 'command.keep', payload: { id } });
      const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
      assert.equal([guardEnd?.end, ...host.stands()], ['kept', ...NEW]);
    })(),
  {},
  testUnless([faketimeMissing()]),
);

test.run();
