import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guardStore } from './guard-store.ts';

/** A plan by the first agents with guards. An upgrade is a guarded switch, so a later agent may find one. */
const FIRST = {
  token: 'abc',
  dir: '/run/switchyard-guard/abc',
  commandId: '01890000-0000-7000-8000-000000000001',
  old: '/nix/store/old',
  new: '/nix/store/new',
  current: '/run/current-system',
  profile: '/nix/var/nix/profiles/system',
  profileBefore: '/nix/store/old',
  bootBefore: null,
  set: ['--set', '/nix/store/new'],
  back: ['--switch-generation', '1'],
  bootId: 'boot-1',
  agentUnit: 'switchyard-agent.service',
  commandUnit: 'switchyard-switch.service',
  commandGroup: 100,
  step: { pid: 100, start: '4711' },
  confirmMs: 180_000,
  holdMs: 86_400_000,
  activationMs: 2_400_000,
  reboots: false,
  environment: { PATH: '/run/current-system/sw/bin' },
  roots: ['/nix/var/nix/gcroots/switchyard-guard-abc-old'],
  armedAt: 1_795_000_000_000,
};

test("earlier and later agents' plans are read", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-store-'));
  try {
    mkdirSync(join(dir, 'guard'));
    for (const plan of [FIRST, { ...FIRST, kind: 'nix-darwin', hasProc: false, unknown: 1 }]) {
      writeFileSync(join(dir, 'guard/plan.json'), JSON.stringify(plan));
      assert.equal(await guardStore(dir).plan(), plan);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
