import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readFlakeLock } from './flake-lock.ts';

let dir: string;
test.before(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-lock-'));
});
test.after(() => rmSync(dir, { recursive: true, force: true }));

const REV = 'a'.repeat(40);

const read = async (lock: unknown) => {
  writeFileSync(join(dir, 'flake.lock'), typeof lock === 'string' ? lock : JSON.stringify(lock));
  const found = await readFlakeLock(dir);
  if (!found) throw new Error('there is a flake.lock');
  return found;
};

test("an input's pin is found by the name of its node", async () => {
  const lock = await read({
    root: 'root',
    nodes: { root: { inputs: { switchyard: 'switchyard_2' } }, switchyard_2: { locked: { rev: REV } } },
  });
  assert.is(lock.revOf('switchyard'), REV);
  assert.ok(lock.has('switchyard'));
  assert.is(lock.revOf('nixpkgs'), null);
  assert.not(lock.has('nixpkgs'));
});

test('an input that follows another has its pin', async () => {
  const lock = await read({
    root: 'root',
    nodes: {
      root: { inputs: { fleet: 'fleet', switchyard: ['fleet', 'agent'] } },
      fleet: { inputs: { agent: ['other'] } },
    },
  });
  assert.is(lock.revOf('switchyard'), null);
  const followed = await read({
    root: 'root',
    nodes: {
      root: { inputs: { fleet: 'fleet', other: 'other', switchyard: ['fleet', 'agent'] } },
      fleet: { inputs: { agent: ['other'] } },
      other: { locked: { rev: REV } },
    },
  });
  assert.is(followed.revOf('switchyard'), REV);
});

test('a path through an input that itself follows another is walked to its end', async () => {
  const lock = await read({
    root: 'root',
    nodes: {
      root: { inputs: { hub: 'hub', fleet: ['hub'], switchyard: ['fleet', 'agent'] } },
      hub: { inputs: { agent: 'agent' }, locked: { rev: 'b'.repeat(40) } },
      agent: { locked: { rev: REV } },
    },
  });
  assert.is(lock.revOf('switchyard'), REV);
});

test('inputs that follow each other in a circle have no pin', async () => {
  const lock = await read({
    root: 'root',
    nodes: { root: { inputs: { switchyard: ['other'], other: ['switchyard'] } } },
  });
  assert.is(lock.revOf('switchyard'), null);
});

test('a path input is there and has no commit', async () => {
  const lock = await read({
    root: 'root',
    nodes: { root: { inputs: { switchyard: 'switchyard' } }, switchyard: { locked: {} } },
  });
  assert.ok(lock.has('switchyard'));
  assert.is(lock.revOf('switchyard'), null);
});

test('the hash is that of the bytes, even for a file that is not a lock', async () => {
  const lock = await read('not json');
  assert.is(lock.hash, '7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf');
  assert.not(lock.valid);
  assert.is(lock.revOf('switchyard'), null);
});

test('a missing file is not a lock', async () => {
  assert.is(await readFlakeLock(join(dir, 'nowhere')), null);
});

test.run();
