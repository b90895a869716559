import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ReadRoom, readRoom, roomFault } from './room.ts';

const MIB = 1024 * 1024;
const where = { store: '/nix/store', stateDir: '/state' };

const disks =
  (left: Readonly<Record<string, { free: number; size: number } | null>>): ReadRoom =>
  async (path) =>
    left[path] ?? null;

const told = (storeFree: number, storeSize: number, stateFree = 1000) =>
  roomFault(
    where,
    disks({
      '/nix/store': { free: storeFree * MIB, size: storeSize * MIB },
      '/state': { free: stateFree * MIB, size: 10_000 * MIB },
    }),
  );

test('a large store takes 2 GiB, a small one 5 % of its disk, STATE_DIR 256 MiB', async () => {
  assert.is(await told(2048, 1_000_000), null);
  assert.equal(await told(2047, 1_000_000), {
    exitCode: 1,
    code: 'disk_low',
    message: 'The Nix store (/nix/store) has 2047 MiB left of the 2048 MiB that it takes; nothing was changed',
  });
  assert.is(await told(50, 1000), null);
  assert.match(String((await told(49, 1000))?.message), '49 MiB left of the 50 MiB');
  assert.is(await told(5000, 10_000, 256), null);
  assert.match(String((await told(5000, 10_000, 255))?.message), 'STATE_DIR (/state) has 255 MiB left of the 256 MiB');
});

test('both are named if both lack room, and an unknown size lacks none', async () => {
  const { message = '' } = (await told(1, 1000, 1)) ?? {};
  assert.match(message, 'The Nix store');
  assert.match(message, 'STATE_DIR');
  assert.is(await roomFault(where, disks({})), null);
});

test('a missing folder is measured on the disk that it will be on', async () => {
  const [here, later] = await Promise.all([readRoom('/tmp'), readRoom('/tmp/not/there/yet')]);
  assert.ok(here && later && here.size > 0);
  assert.is(later?.size, here?.size);
});

test.run();
