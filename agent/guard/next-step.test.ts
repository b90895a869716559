import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { nextStepOf, type Scene } from './next-step.ts';

const PLAN = { old: '/nix/store/old', new: '/nix/store/new', profileBefore: '/nix/store/old', bootId: 'boot-1' };

const next = (scene: Partial<Scene>) =>
  nextStepOf({
    plan: PLAN,
    seen: null,
    lives: false,
    bootId: 'boot-2',
    isArming: false,
    active: PLAN.old,
    profilePath: PLAN.profileBefore,
    ...scene,
  });

test("a guard's last word ends it, whatever the host shows", () => {
  const end = { kind: 'kept' as const, cause: 'keep' as const, message: '' };
  assert.equal(next({ seen: { end, pid: 1 }, active: '/nix/store/third' }), { kind: 'ended', end: null });
});

test('a living guard goes on; a dead one is restarted', () => {
  assert.equal(next({ seen: { end: null, pid: 1 }, lives: true }), { kind: 'wait' });
  assert.equal(next({ seen: { end: null, pid: 1 } }), { kind: 'start' });
});

/** The active system and the profile after a boot that lost the guard's folder. */
const REBOOTED: [title: string, active: string | null, profilePath: string | null, what: string][] = [
  ['the old system, the profile where it was', PLAN.old, PLAN.old, 'ended undone'],
  ['the old system, and a keep had moved the profile', PLAN.old, PLAN.new, 'lay reboot'],
  ['the new system behind a keep', PLAN.new, PLAN.new, 'lay keep'],
  ['the new system, without a keep', PLAN.new, PLAN.old, 'lay null'],
  ['a third one', '/nix/store/third', PLAN.new, 'ended superseded'],
  ['nothing that is known', null, PLAN.old, 'ended superseded'],
];

for (const [title, active, profilePath, what] of REBOOTED)
  test(`after a reboot into ${title}: ${what}`, () => {
    const found = next({ active, profilePath });
    const word = found.kind === 'lay' ? found.word : found.kind === 'ended' ? found.end?.kind : '';
    assert.is(`${found.kind} ${word}`, what);
  });

test('a reboot into a new system that was already the boot default does not keep it: nobody had decided', () => {
  const found = next({ plan: { ...PLAN, profileBefore: PLAN.new }, active: PLAN.new, profilePath: PLAN.new });
  assert.equal(found, { kind: 'lay', marks: ['activating', 'activated'], word: null });
});

test('a reboot does not keep a switch to the already active system', () => {
  assert.is(next({ plan: { ...PLAN, new: PLAN.old }, profilePath: PLAN.old }).kind, 'ended');
});

test('a plan of this boot without a folder is being armed, or never was', () => {
  assert.equal(next({ bootId: 'boot-1', isArming: true }), { kind: 'wait' });
  const { end } = next({ bootId: 'boot-1' }) as { end: { kind: string } };
  assert.is(end.kind, 'unused');
});

test.run();
