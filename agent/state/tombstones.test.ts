import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import { type Clock, systemClock } from '../../shared/time/clock.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';
import { DAY_MS, type FinalWord, openTombstones } from './tombstones.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

/** Makes the file this many days old. */
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

test('many at once share a file, are found by a later agent, and go with it', async () => {
  const dir = join(rig.dir, 'tombstones');
  const open = () => openTombstones({ dir, clock: systemClock });
  const wordOf = (id: string): FinalWord => ({
    type: 'command.rejected',
    payload: { id, code: 'killed_before_start', message: id },
  });
  const first = await open();
  const ids = Array.from({ length: 1_000 }, (_, n) => `id-${n}`);
  const adding = ids.map((id) => first.add(id, wordOf(id)));
  assert.equal(await first.find('id-500'), wordOf('id-500'), 'found while it is written');
  await Promise.all(adding);
  const files = readdirSync(dir);
  assert.ok(files.length <= 2, `${files.length} files`);
  const later = await open();
  for (const id of ['id-0', 'id-1', 'id-999']) assert.equal(await later.find(id), wordOf(id));
  for (const file of files) age(join(dir, file), 31);
  await later.prune();
  assert.is(readdirSync(dir).length, 0);
  for (const id of ['id-0', 'id-999']) assert.is(await later.find(id), null);
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
