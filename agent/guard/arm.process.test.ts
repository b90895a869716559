import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/fake-clock.ts';
import { armGuard } from './arm.ts';
import { guardStore } from './guard-store.ts';

test('a guard that is not ready in time leaves nothing behind', async () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-arm-')));
  const file = (name: string) => join(dir, name);
  try {
    mkdirSync(file('old/sw/bin'), { recursive: true });
    for (const tool of ['nix-env', 'systemctl']) writeFileSync(file(`old/sw/bin/${tool}`), '', { mode: 0o755 });
    writeFileSync(file('old/sw/bin/sh'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const clock = createFakeClock();
    const brief = {
      kind: 'nixos' as const,
      commandId: '01890000-0000-7000-8000-000000000001',
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
    const armed = armGuard(brief, { old: file('old'), profilePath: null, generation: null, bootPath: null }, clock);
    const passing = setInterval(() => clock.advance(1_000), 5);
    assert.is(await armed.finally(() => clearInterval(passing)), 'it was not ready within 10 s');
    assert.is(await guardStore(dir).plan(), null);
    assert.equal([readdirSync(file('run')), readdirSync(file('nix/gcroots'))], [[], []]);
    assert.not.ok(existsSync(file('guard/plan.json')));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
