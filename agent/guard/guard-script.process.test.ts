import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { activated, closeHosts, guarded, heldMs, laid, NEW, OLD, ready, stands } from './fixtures/guard-scene.ts';

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

test.run();
