import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { activated, closeHosts, laid, NEW, OLD, stands } from './fixtures/guard-scene.ts';
import { runsGuard, unitProgram } from './guard-process.ts';

test.after.each(closeHosts);

test('a guard without its folder exits, so that the agent can start another', async () => {
  const host = await activated();
  const pid = host.seen().pid ?? 0;
  assert.ok(await runsGuard(host.plan, pid));
  rmSync(host.plan.dir, { recursive: true });
  await waitFor('its end', async () => !(await runsGuard(host.plan, pid)));
  assert.equal(stands(host), ['new', 'system-1-link', 'old']);
});

test('restarted without its folder the unit exits 0, and systemd does not restart it', async () => {
  const host = laid();
  const [sh, ...args] = unitProgram('/bin/sh', host.plan.dir);
  host.lay(host.plan);
  writeFileSync(join(host.plan.dir, 'guard.sh'), 'echo "$PWD"; exit 3\n');
  const there = spawnSync(sh, args, { encoding: 'utf8' });
  assert.equal([there.status, there.stdout], [3, `${host.plan.dir}\n`]);
  rmSync(host.plan.dir, { recursive: true });
  assert.is(spawnSync(sh, args).status, 0);
});

test('after a boot into the old system the guard restores the profile that a keep had moved', async () => {
  const host = laid();
  host.folder.mark('activating');
  host.script('x', '');
  host.folder.decide('reboot');
  host.start();
  assert.equal(await host.ended(), {
    kind: 'undone',
    cause: 'reboot',
    message: 'the host was rebooted into the old system',
  });
  assert.match(host.log(), /nix-env --switch-generation 1\nold boot check=1\n$/);
});

test('after a boot of the old system, a profile that cannot be put back is not an undo', async () => {
  const host = laid();
  host.script('nix-env.fails', '');
  host.folder.mark('activating');
  host.folder.decide('reboot');
  host.start();
  assert.equal(await host.ended(), {
    kind: 'rollback_failed',
    cause: 'reboot',
    message: 'the profile could not be put back',
  });
});

test('killed at any moment and restarted, it ends on one whole system and says which', async () => {
  const killedAfter = async (afterMs: number, word: 'keep' | 'undo') => {
    const host = await activated();
    for (const action of ['test.old', 'boot.new']) host.script(action, 'sleep 0.05');
    host.folder.decide(word);
    for (let kills = 0; kills < 3; kills++) {
      await delay(afterMs);
      host.kill();
    }
    const { kind } = await host.ended();
    assert.equal([kind, ...stands(host)], word === 'keep' ? ['kept', ...NEW] : ['undone', ...OLD], `${afterMs} ms`);
  };
  for (const word of ['keep', 'undo'] as const)
    await Promise.all([0, 20, 45, 70, 100, 150].map((afterMs) => killedAfter(afterMs, word)));
});

test("the guard's count survives a kill", async () => {
  const host = await activated({ confirmMs: 4_000 });
  await waitFor('a second', () => host.seen().spentMs > 1_000);
  const { spentMs } = host.seen();
  // Replaced as a whole: a kill amid a write would leave an empty file, and the count would begin again.
  const spent = join(host.plan.dir, 'spent');
  linkSync(spent, `${spent}.before`);
  const before = readFileSync(spent, 'utf8');
  await waitFor('another write', () => readFileSync(spent, 'utf8') !== before);
  assert.is(readFileSync(`${spent}.before`, 'utf8'), before);
  host.kill();
  await waitFor('more', () => host.seen().spentMs > spentMs);
  assert.ok(host.seen().spentMs < 4_000);
  assert.is((await host.ended()).kind, 'undone');
});

test.run();
