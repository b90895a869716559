import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Evidence } from '../../shared/model/report.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import { doneRollback, failedActivation } from './activation-words.ts';

const STEP = { phase: 'activate', activation: true };

/** One to three are generations. Two was active before. */
const left = (exitCode: number, active: string, profile: number, more: Evidence = {}): CommandExited => ({
  id: '',
  exitCode,
  signal: null,
  lost: false,
  startedAt: 1,
  endedAt: 2,
  outputBytes: 0,
  evidence: {
    failedStep: STEP,
    systemPathBefore: 'two',
    systemPathAfter: active,
    profile: { generation: profile, path: ['', 'one', 'two', 'three'][profile] ?? null },
    ...more,
  },
});

const [NIXOS, OTHER] = [true, false];
const BACK = 'A rollback puts the profile back to what is active, if that is a generation of it.';
const TABLE: [string, string, boolean, CommandExited, RegExp, RegExp][] = [
  [
    'refused for the lock',
    'switch',
    NIXOS,
    left(11, 'two', 3),
    /another activation holds the lock \(exit 11\): two is still active; the profile leads to generation 3 \(three\), the boot loader was not changed/,
    new RegExp(`^Wait for the other.*${BACK}$`),
  ],
  [
    'refused for its init',
    'switch',
    NIXOS,
    left(100, 'two', 3),
    /\(exit 100\): two is still active; the next boot starts generation 3 \(three\)$/,
    /^Reboot the host to start the new one\. A rollback puts the profile back/,
  ],
  [
    'an activation script that failed, and left the new system active',
    'switch',
    NIXOS,
    left(2, 'three', 3),
    /script failed \(exit 2\): three is active all the same; the next boot starts the same$/,
    /A rollback leads to the generation below; two was active before\.$/,
  ],
  [
    'a failure of no known kind',
    'switch',
    NIXOS,
    left(1, 'two', 3),
    /exit 1: two is still active; the profile leads to generation 3 \(three\); the next boot starts that if the boot loader was written/,
    new RegExp(`^Read the output.*${BACK}$`),
  ],
  [
    'a rollback that was refused',
    'rollback',
    NIXOS,
    left(11, 'two', 1),
    /two is still active/,
    /A further rollback tries the same again\.$/,
  ],
  [
    'a rollback that puts the profile back, and was refused too',
    'rollback',
    NIXOS,
    left(11, 'two', 2, { rollback: { generation: 2, path: 'two', wasActive: true, profileBefore: 3 } }),
    /two is still active; /,
    /Do not roll back again: that would go one generation further\.$/,
  ],
  [
    'a rollback of a home that failed before its profile moved',
    'rollback',
    OTHER,
    left(1, 'two', 2, { rollback: { generation: 1, path: 'one', wasActive: false, profileBefore: 2 } }),
    /the profile leads to the same$/,
    /A further rollback tries the same again\.$/,
  ],
  [
    'a rollback that is active in part',
    'rollback',
    NIXOS,
    left(2, 'one', 1),
    /one is active all the same/,
    /Do not roll back again: that would go one generation further\.$/,
  ],
  [
    'a Mac, whose next boot starts what the profile leads to',
    'switch',
    OTHER,
    left(1, 'two', 3, { bootPath: 'three' }),
    /two was the last completed activation, parts of the new one may be in place; the next boot starts generation 3 \(three\)$/,
    new RegExp(BACK),
  ],
  [
    'a home whose profile was not moved yet',
    'switch',
    OTHER,
    left(1, 'two', 2),
    /parts of the new one may be in place; the profile leads to the same$/,
    /Do not roll back/,
  ],
  ['exit 11 of what is no NixOS', 'switch', OTHER, left(11, 'two', 3), /failed, exit 11: two/, /^Read the output/],
];

for (const [title, op, isNixos, exit, message, hint] of TABLE)
  test(title, () => {
    const words = failedActivation(op, exit, isNixos);
    assert.match(words?.message ?? '', message);
    assert.match(words?.hint ?? '', hint);
  });

test("other steps and older agents' exits get no such words", () => {
  const failedStep = { phase: 'build', activation: false };
  assert.is(failedActivation('switch', left(1, 'two', 2, { failedStep }), NIXOS), null);
  const { profile: _, ...evidence } = left(1, 'two', 2).evidence ?? {};
  assert.is(failedActivation('switch', { ...left(1, 'two', 2), evidence }, NIXOS), null);
});

test('a profile that could not be set after an activation is named', () => {
  const failedStep = { phase: 'profile', activation: false };
  const words = failedActivation('switch', left(1, 'three', 2, { failedStep }), OTHER);
  assert.match(words?.message ?? '', /ended well, but the profile was not set \(exit 1\): it leads to generation 2/);
  assert.match(words?.hint ?? '', 'Do not roll back');
});

test('a rollback says where the host is', () => {
  const goal = { generation: 2, path: 'two', wasActive: false, profileBefore: 3 };
  assert.is(doneRollback({ rollback: goal }), 'Generation 2 is active');
  assert.match(doneRollback({ rollback: { ...goal, wasActive: true } }) ?? '', 'no longer to generation 3');
  assert.is(doneRollback({}), null);
});

test.run();
