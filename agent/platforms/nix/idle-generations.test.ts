import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { idleGenerations, readIdle, writeIdle } from './idle-generations.ts';

/** `1a 2b`: numbers with the path of their system; a `+s` is a specialisation. */
const generationsOf = (text: string) =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [system = '', special] = word.split('+');
      return { number: Number.parseInt(system, 10), path: system.slice(-1), specialisations: special ? [special] : [] };
    });

/** Title, idle generations before, existing ones, the profile before and now, systems that ran; expected idle generations. */
const TABLE: [string, string, string, number | null, number | null, (string | null)[], string][] = [
  ['a generation was made, and does not run yet', '', '1a 2b 3c', 2, 3, ['b'], '3c'],
  ['a generation was made, and runs', '3c', '1a 2b 3c', 2, 3, ['c'], ''],
  ['its specialisation runs', '3c', '1a 2b 3c+s', 2, 3, ['s'], ''],
  ['the first was made, and nothing runs', '', '1a', null, 1, [null], '1a'],
  ['a generation was made while a system outside the profile runs', '', '1a 2b 3c', 2, 3, ['x'], '3c'],
  ['a system outside the profile runs', '', '1a 2b', 2, 2, ['x'], ''],
  ['nothing was made, and the profile had left what runs behind', '', '1a 2b 3c', 3, 3, ['b'], '3c'],
  ['one was made above another that was left behind', '', '1a 2b 3c 4d', 3, 4, ['b'], '3c 4d'],
  ['a later one runs', '3c 4d', '1a 2b 3c 4d', 3, 4, ['d'], '3c'],
  ['a rollback begins', '', '1a 2b 3c', 3, null, ['c'], ''],
  ['a rollback was refused', '', '1a 2b 3c', null, null, ['c'], ''],
  ['a rollback was refused, and a switch follows', '', '1a 2b 3c 4d', 2, 4, ['c'], '4d'],
  ['it is gone', '3c', '1a 2b 4d', 4, 4, ['d'], ''],
  ['its number was given out again', '3c', '1a 2b 3d', 3, 3, ['d'], ''],
  ['nothing could be listed', '3c', '', 3, 3, ['d'], ''],
];

for (const [title, known, exist, profileBefore, profile, ran, expected] of TABLE)
  test(`${title}: ${expected || 'none'} idle`, () => {
    const idle = idleGenerations(generationsOf(known), {
      generations: generationsOf(exist),
      profile,
      profileBefore,
      ran,
    });
    assert.is(idle.map(({ number, path }) => `${number}${path}`).join(' '), expected);
  });

test('they are kept in a file; with a missing, cut or foreign file each generation may have run', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-idle-'));
  const file = join(dir, 'idle.json');
  try {
    assert.equal(await readIdle(file), []);
    await writeIdle(file, [{ number: 3, path: '/nix/store/c' }]);
    assert.equal(await readIdle(file), [{ number: 3, path: '/nix/store/c' }]);
    const whole = readFileSync(file, 'utf8');
    for (const text of [whole.slice(0, -2), '{}', '[{"number":"3","path":"/c"}]', '\0\0']) {
      writeFileSync(file, text);
      assert.equal(await readIdle(file), [], text);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the newest 500 are kept', () => {
  const generations = Array.from({ length: 600 }, (_, number) => ({ number, path: `/${number}`, specialisations: [] }));
  const idle = idleGenerations(generations, { generations, profile: null, profileBefore: null, ran: [null] });
  assert.equal([idle.length, idle[0]?.number], [500, 100]);
});

test.run();
