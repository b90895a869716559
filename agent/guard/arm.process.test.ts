import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { armGuard } from './arm.ts';
import { createGuardHost } from './fixtures/guard-host.ts';
import { guardStore } from './guard-store.ts';

/** Arms a guard, which never gets ready, with its state in `dir`; resolves to why it could not. */
async function arm(dir: string): Promise<unknown> {
  const file = (name: string) => join(dir, name);
  mkdirSync(file('unready/sw/bin'), { recursive: true });
  for (const tool of ['nix-env', 'systemctl']) writeFileSync(file(`unready/sw/bin/${tool}`), '', { mode: 0o755 });
  writeFileSync(file('unready/sw/bin/sh'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const clock = createFakeClock();
  const brief = {
    kind: 'nixos' as const,
    commandId: '01890000-0000-7000-8000-000000000002',
    stateDir: dir,
    runDir: file('run'),
    bootId: 'boot-1',
    agentUnit: null,
    inUnit: false,
    new: file('new'),
    current: file('current'),
    profile: file('system'),
    set: [],
    confirmMs: 60_000,
    activationMs: 60_000,
    reboots: false,
    environment: { PATH: process.env.PATH ?? '', NIX_STATE_DIR: file('nix') },
  };
  const armed = armGuard(brief, { old: file('unready'), profilePath: null, generation: null, bootPath: null }, clock);
  const passing = setInterval(() => clock.advance(1_000), 5);
  return await armed.finally(() => clearInterval(passing));
}

test('a guard that is not ready in time leaves nothing behind', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-arm-')));
  try {
    assert.is(await arm(dir), 'it was not ready within 10 s');
    assert.is(await guardStore(dir).plan(), null);
    assert.equal([readdirSync(join(dir, 'run')), readdirSync(join(dir, 'nix/gcroots'))], [[], []]);
    assert.not.ok(existsSync(join(dir, 'guard/plan.json')));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('no guard is armed until the one before is cleared away: only its plan names its roots and its folder', async () => {
  const host = createGuardHost();
  try {
    const { commandId } = host.plan;
    const store = guardStore(host.dir);
    await store.savePlan(host.plan);
    assert.is(await arm(host.dir), `the guard of command ${commandId} has not ended`);
    await store.saveEnd({ commandId, end: 'kept', cause: 'keep', message: null, at: 1 });
    assert.is(await arm(host.dir), `the guard of command ${commandId} is not cleared away yet`);
    assert.equal(await store.overPlan(), host.plan);
  } finally {
    await host.close();
  }
});

test.run();
