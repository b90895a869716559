import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';
import { DAY_MS, type FinalWord, openTombstones } from './tombstones.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

/** Makes the file so many days old. */
function age(file: string, days: number): void {
  const at = (systemClock.now() - days * DAY_MS) / 1000;
  utimesSync(file, at, at);
}

test('a tombstone is found by a later agent for 30 days', async () => {
  const dir = join(rig.dir, 'tombstones');
  const open = () => openTombstones({ dir, clock: systemClock });
  const payload = { id: 'one', code: 'storage_full', message: 'full' } as const;
  const word: FinalWord = { type: 'command.rejected', payload };
  await (await open()).add('one', word);
  const tombstones = await open();
  assert.equal(await tombstones.find('one'), word);
  assert.is(await tombstones.find('two'), null);
  age(join(dir, 'one.json'), 29);
  await tombstones.prune();
  assert.ok(await tombstones.find('one'));
  age(join(dir, 'one.json'), 31);
  await tombstones.prune();
  assert.is(await tombstones.find('one'), null);
});

test('tombstones of more than 30 days go when an agent starts, and daily while it stays', async () => {
  const days: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    setTimeout(run, ms) {
      if (ms < DAY_MS) return systemClock.setTimeout(run, ms);
      days.push(run);
      return {};
    },
  };
  const bury = () => {
    const file = join(rig.state.tombstoneDir, `${newCommandId()}.json`);
    writeFileSync(file, '{}');
    age(file, 31);
  };
  const buried = () => readdirSync(rig.state.tombstoneDir).length;
  bury();
  await rig.reopen({ clock });
  assert.is(buried(), 0);
  for (const day of [1, 2]) {
    bury();
    assert.is(days.length, day);
    days.at(-1)?.();
    await waitFor('the tombstone to go', () => buried() === 0);
    await waitFor('the next day', () => days.length === day + 1);
  }
});

test.run();
