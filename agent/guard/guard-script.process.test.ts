import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { activated, closeHosts, guarded, heldMs, laid, NEW, OLD, ready, stands } from './fixtures/guard-scene.ts';
import { runsGuard, unitProgram } from './guard-process.ts';

test.after.each(closeHosts);

for (const shell of ['/bin/sh', '/bin/bash'].filter(existsSync)) {
  test(`a keep sets profile and boot default, and removes both roots (${shell})`, async () => {
    const host = await activated({}, shell);
    assert.equal(stands(host), ['new', 'system-1-link', 'old']);
    assert.ok(host.folder.decide('keep'));
    assert.equal(await host.ended(), { kind: 'kept', cause: 'keep', message: '' });
    assert.equal(stands(host), NEW);
    assert.match(host.log(), /^new boot check=1$/m);
    for (const root of host.plan.roots) assert.not.ok(existsSync(root), root);
  });

  test(`without a decision it goes back at the deadline and restarts the agent (${shell})`, async () => {
    const host = await activated({ confirmMs: 600 }, shell);
    assert.equal(await host.ended(), { kind: 'undone', cause: 'deadline', message: '' });
    assert.equal(stands(host), OLD);
    assert.match(host.log(), /^old test check=1$/m);
    assert.match(host.log(), /systemctl kill --signal=KILL command\.service\n/);
    assert.match(host.log(), /systemctl restart agent\.service\n$/);
  });
}

test("until the activation has ended only the activation's limit counts", async () => {
  const waits = guarded({ confirmMs: 200 });
  const hangs = guarded({ activationMs: 1_000 });
  for (const host of [waits, hangs]) {
    await ready(host);
    host.folder.mark('activating');
  }
  await waitFor('more time than the deadline', () => waits.seen().spentMs > 200);
  assert.equal([waits.seen().state, waits.seen().isDecided], ['armed', false]);
  assert.is((await hangs.ended()).cause, 'activation');
  assert.equal(stands(hangs), OLD);
});

test('an activation whose process is gone is undone at once; one that never began needs no undo', async () => {
  const begun = guarded();
  const never = guarded();
  for (const host of [begun, never]) await ready(host);
  begun.folder.mark('activating');
  begun.activate('new');
  for (const host of [begun, never]) host.step.kill('SIGKILL');
  assert.equal(await begun.ended(), { kind: 'undone', cause: 'activation', message: '' });
  assert.equal(stands(begun), OLD);
  assert.is((await never.ended()).kind, 'unused');
  assert.is(never.log(), '');
});

test("without a unit an undo ends the command's process group", async () => {
  const host = guarded({ commandUnit: null, agentUnit: null });
  await ready(host);
  host.folder.mark('activating');
  const gone = new Promise((resolve) => host.step.on('exit', (_, signal) => resolve(signal)));
  host.folder.decide('undo');
  assert.is((await host.ended()).kind, 'undone');
  assert.is(await gone, 'SIGKILL');
  assert.not.match(host.log(), 'systemctl');
});

test('an activation refused before any change is not undone', async () => {
  const host = guarded();
  await ready(host);
  host.folder.mark('activating');
  host.folder.decide('disarm');
  assert.is((await host.ended()).kind, 'unused');
  assert.is(host.log(), '');
});

test('only the first decision counts', async () => {
  const host = await activated({ confirmMs: 1_000 });
  assert.ok(host.folder.decide('undo'));
  for (const word of ['keep', 'deadline', 'undo'] as const) assert.not.ok(host.folder.decide(word), word);
  assert.is((await host.ended()).cause, 'undo');
});

test('a third system, activated by a person, is left alone whatever the decision', async () => {
  for (const word of ['keep', 'undo'] as const) {
    const host = await activated();
    host.activate('third');
    host.folder.decide(word);
    assert.equal(await host.ended(), {
      kind: 'superseded',
      cause: word,
      message: `${host.dir}/store/third is active`,
    });
    assert.equal(stands(host), ['third', 'system-1-link', 'old']);
  }
});

test('if the boot default cannot be written, profile and boot default go back and the new system stays active', async () => {
  const host = await activated();
  host.script('boot.new', 'echo half >"$(dirname "$0")/../../../boot-default"; exit 1');
  host.folder.decide('keep');
  const end = await host.ended();
  assert.is(end.kind, 'keep_failed');
  assert.match(end.message, 'boot ended with status 1');
  assert.equal(stands(host), ['new', 'system-1-link', 'old']);
});

test('a profile that cannot be set is not kept either', async () => {
  const host = await activated();
  host.script('nix-env.fails', '');
  host.folder.decide('keep');
  const end = await host.ended();
  assert.is(end.kind, 'keep_failed');
  assert.match(end.message, 'nix-env ended with status 1; the profile could not be put back');
  assert.equal(stands(host), ['new', 'system-1-link', 'old']);
});

test('the active system proves an undo, not the exit code; it is tried three times', async () => {
  const told = await activated();
  told.script('test.old', 'ln -sfn "$(dirname "$(dirname "$0")")" x; trap "exit 4" EXIT');
  told.folder.decide('undo');
  assert.equal(await told.ended(), {
    kind: 'undone',
    cause: 'undo',
    message: 'switch-to-configuration ended with status 4',
  });

  const host = await activated();
  host.script('test.old', 'exit 7');
  host.folder.decide('undo');
  const end = await host.ended();
  assert.is(end.kind, 'rollback_failed');
  assert.match(end.message, 'store/new is active after 3 tries, the last ended with status 7');
  assert.match(host.log(), /systemctl restart agent\.service\n$/);
});

test('a hanging program is killed and tried again', async () => {
  const host = await activated({ activationMs: 700 });
  host.script('test.old', `[ -e ${host.dir}/tried ] || { touch ${host.dir}/tried; exec sleep 600; }`);
  host.folder.decide('undo');
  assert.is((await host.ended()).kind, 'undone');
  assert.equal(stands(host), OLD);
});

test('the traces of an interrupted activation are removed before the old system is activated', async () => {
  const host = await activated();
  const traces = [
    'switch-to-configuration.lock',
    'start-list',
    'restart-list',
    'reload-list',
    'activation-restart-list',
  ];
  mkdirSync(join(host.dir, 'nixos'));
  for (const name of [...traces, 'something-else']) writeFileSync(join(host.dir, 'nixos', name), '');
  host.script('test.old', `ls ${host.dir}/nixos >>${host.dir}/log`);
  host.folder.decide('undo');
  assert.is((await host.ended()).kind, 'undone');
  assert.match(host.log(), /old test check=1\nsomething-else\n/);
});

test('stamps hold the deadline, up to the limit', async () => {
  const held = await activated({ confirmMs: 800 });
  held.folder.stamp('stamp', Date.now());
  const brief = await activated({ holdMs: 800 });
  brief.folder.stamp('stamp', Date.now());
  await waitFor('held for longer than the deadline', () => heldMs(held) > 800);
  assert.equal([held.seen().state, held.seen().isDecided], ['held', false]);
  assert.equal(await brief.ended(), { kind: 'undone', cause: 'deadline', message: '' });
});

test('it has the old system reboot only if it may, and only without contact after the undo', async () => {
  const contact = await activated({ reboots: true, confirmMs: 1_000 });
  contact.folder.decide('undo');
  await waitFor('its end, in contact all the time', () => {
    contact.folder.stamp('welcome', Date.now());
    return contact.seen().end !== null;
  });
  assert.is((await contact.ended()).kind, 'undone');
  assert.not.match(contact.log(), 'reboot');

  const host = await activated({ reboots: true, confirmMs: 600 });
  host.folder.decide('undo');
  await waitFor('the reboot', () => /^systemctl reboot$/m.test(host.log()));
  assert.is(host.seen().state, 'rebooting');
});

test('a switch to the already active system is kept too: the profile is set, and the next boot starts it', async () => {
  const host = laid();
  const { old } = host.plan;
  host.lay({ ...host.plan, new: old, set: ['--set', old] });
  host.start();
  await ready(host);
  for (const mark of ['activating', 'activated'] as const) host.folder.mark(mark);
  host.folder.decide('keep');
  assert.equal(await host.ended(), { kind: 'kept', cause: 'keep', message: '' });
  assert.equal(stands(host), ['old', 'system-2-link', 'old']);
  assert.match(host.log(), /nix-env --set .*\/store\/old\nold boot check=1\n/);
});

test('the deadline counts even if no file can be written', async () => {
  const host = guarded({ confirmMs: 600 });
  await ready(host);
  // None of these can be written, as on a full file system.
  for (const name of ['counting', 'state']) mkdirSync(join(host.plan.dir, `${name}.new`));
  host.folder.mark('activating');
  host.activate('new');
  host.folder.mark('activated');
  host.step.kill('SIGKILL');
  assert.equal(await host.ended(), { kind: 'undone', cause: 'deadline', message: '' });
  assert.equal(stands(host), OLD);
});

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
