import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Generation } from './generation.ts';
import { planRollback } from './rollback-plan.ts';

/** `1a 2b 3a+s`: numbers with the path of their system, and behind a plus that of a specialisation. */
const generationsOf = (text: string): Generation[] =>
  text.split(' ').map((word) => {
    const [, number, path = '', special] = /^(\d+)(\w)(?:\+(\w))?$/.exec(word) ?? [];
    return { number: Number(number), path, specialisations: special ? [special] : [] };
  });

/**
 * Title, existing generations, the profile's generation, the active system; the expected goal, with an exclamation mark if it is active
 * already; whether the profile is newer; the generation that never ran.
 */
type Row = [string, string, number | null, string | null, string | null, isProfileNewer?: boolean, idle?: string];
const TABLE: Row[] = [
  ['the profile leads to the active system', '1a 2b 3c', 3, 'c', '2'],
  ['the active system is not known', '1a 2b 3c', 3, null, '2'],
  ['a switch was refused', '1a 2b 3c', 3, 'b', '2!'],
  ['two switches were refused', '1a 2b 3c 4d', 4, 'b', '2!'],
  ['a switch was refused, and the active system has two generations', '1b 2a 3b 4c', 4, 'b', '3!'],
  ['a rollback was refused', '1a 2b 3c', 2, 'c', '2'],
  ['a rollback was refused, and an older generation has the active system too', '1a 2b 3a', 2, 'a', '2'],
  ['a rollback was refused, and newer generations have the active system too', '1a 2b 3a 4b 5a', 2, 'a', '2'],
  ['the profile is far below what is active', '1a 2b 3c 4d', 1, 'd', '3'],
  ['a system outside the profile is active', '1a 2b', 2, 'x', '2'],
  ['a switch was refused, and the generation of the active system deleted', '3c', 3, 'b', null, true],
  ['a specialisation of the last generation is active', '1a 2b+s', 2, 's', '1'],
  ['a switch away from a specialisation was refused', '1a 2b+s 3c', 3, 's', '2'],
  ['the generation before is of the same system', '1a 2b 4b', 4, 'b', '1'],
  ['a generation between is gone', '1a 5c', 5, 'c', '1'],
  ['the generation before never ran', '1a 2b 3c 4d', 4, 'd', '2', false, '3c'],
  ['the generation before never ran, and a rollback was refused', '1a 2b 3c 4d', 2, 'd', '2', false, '3c'],
  ['the number of one that never ran was given out again', '1a 2b 3d 4e', 4, 'e', '3', false, '3c'],
  ['no generation before ever ran', '3c 4d', 4, 'd', null, false, '3c'],
  ['the first generation is active', '1a 2b', 1, 'a', null],
  ['every generation below is of the same system', '1a 2a', 2, 'a', null],
  ['the profile has no generation', '1a', null, null, null],
  ['the profile leads to nothing, and the second generation is active', '1a 2b', null, 'b', '2!'],
];

for (const [title, exist, profile, active, expected, isProfileNewer = false, never = ''] of TABLE)
  test(`${title}: ${expected === null ? 'no rollback' : `to ${expected}`}`, () => {
    const idle = never ? generationsOf(never) : [];
    const goal = planRollback({ generations: generationsOf(exist), profile, active, isProfileNewer, idle });
    assert.is(goal && `${goal.generation}${goal.wasActive ? '!' : ''}`, expected);
    if (goal) assert.is(goal.profileBefore, profile);
  });

test.run();
