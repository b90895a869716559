import { appendFileSync, readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import { NEW, OLD } from './guarded-host.ts';
import { activated, hostTest, nothingLeft } from './scene.ts';

hostTest('hello names its features, and a report says that nothing is guarded', async (host) => {
  assert.equal(host.hellos[0]?.features, ['guard', 'store_mark']);
  assert.equal([host.report().guard, host.report().guardEnd], [null, null]);
});

hostTest('after a keep the guard sets the profile, then the boot default', async (host) => {
  const id = await activated(host);
  assert.equal(host.stands(), ['new', 'system-2-link', 'old']);
  const { guard, systemPath } = host.report();
  assert.equal([guard?.commandId, systemPath], [id, host.file('store/new')]);
  assert.ok((guard?.deadline ?? 0) > Date.now() + 100_000);
  assert.is(readdirSync(host.file('nix/gcroots')).length, 2);
  host.say({ type: 'command.keep', payload: { id } });
  const { guardEnd } = await host.shows('the end', ({ guard }) => guard === null);
  assert.equal([guardEnd?.commandId, guardEnd?.end, guardEnd?.cause], [id, 'kept', 'keep']);
  assert.equal(host.stands(), NEW);
  assert.match(host.log(), /^new check check=\nnew test check=\nnix-env --switch-generation 1\nnew boot check=1\n$/);
  nothingLeft(host);
});

hostTest('nobody decides: it goes back by itself, and an agent that started after that says so', async (host) => {
  await activated(host, { confirmMs: 6_000 });
  const hellos = host.hellos.length;
  const { guardEnd, systemPath } = await host.shows('the end', ({ guard }) => guard === null);
  assert.equal([guardEnd?.end, guardEnd?.cause, systemPath], ['undone', 'deadline', host.file('store/old')]);
  assert.equal(host.stands(), OLD);
  await waitFor('another instance', () => host.hellos.length > hellos);
  nothingLeft(host);
});

hostTest('a decision for another command, and a second one, change nothing', async (host) => {
  const id = await activated(host);
  host.say({ type: 'command.keep', payload: { id: newCommandId() } });
  host.say({ type: 'command.undo', payload: { id } });
  host.say({ type: 'command.keep', payload: { id } });
  const { guardEnd } = await host.shows('the end', ({ guard }) => guard === null);
  assert.equal([guardEnd?.end, guardEnd?.cause, ...host.stands()], ['undone', 'undo', ...OLD]);
});

hostTest('an activation that fails reports its exit, and is undone', async (host) => {
  appendFileSync(
    host.file('test.new'),
    'ln -sfn "$(dirname "$(dirname "$0")")" "$(dirname "$0")/../../../current"; exit 1\n',
  );
  const id = host.rollback();
  const { exitCode, evidence } = await host.exited(id);
  assert.equal([exitCode, evidence?.failure?.code, evidence?.guarded], [1, 'activation_failed', true]);
  const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  assert.equal([guardEnd?.end, guardEnd?.cause, ...host.stands()], ['undone', 'activation', ...OLD]);
  nothingLeft(host);
});

hostTest('a new system that refuses is not activated, and no guard is armed for it', async (host) => {
  appendFileSync(host.file('check.new'), 'echo "no: the dbus implementation changes" >&2; exit 1\n');
  const { exitCode, evidence } = await host.exited(host.rollback());
  assert.equal([exitCode, evidence?.failure?.code, evidence?.guarded], [1, 'switch_inhibited', undefined]);
  assert.match(evidence?.failure?.message ?? '', 'the dbus implementation changes');
  assert.equal([host.plan(), ...host.stands()], [null, ...OLD]);
});

hostTest(
  'a system that knows no such question passes it; one that needs a reboot leaves nothing to undo',
  async (host) => {
    appendFileSync(host.file('check.new'), 'echo "Usage: $0 [switch|boot|test]" >&2; exit 1\n');
    appendFileSync(host.file('test.new'), 'exit 100\n');
    const { exitCode, evidence } = await host.exited(host.rollback());
    assert.equal([exitCode, evidence?.failure?.code], [100, 'switch_inhibited']);
    await host.shows('no guard', ({ guard }) => guard === null);
    assert.equal([host.report().guardEnd, ...host.stands()], [null, ...OLD]);
    assert.equal(host.log(), 'new check check=\nnew test check=\n');
  },
);

hostTest('a hanging activation is undone when the coordinator says so', async (host) => {
  appendFileSync(host.file('test.new'), 'echo hangs >>"$(dirname "$0")/../../../log"; exec sleep 600\n');
  const id = host.rollback();
  await waitFor('the activation', () => /^hangs$/m.test(host.log()));
  assert.is((await host.shows('the guard', ({ guard }) => guard !== null)).guard?.state, 'armed');
  host.say({ type: 'command.keep', payload: { id } });
  host.say({ type: 'command.undo', payload: { id } });
  const exit = await host.exited(id);
  assert.equal([exit.exitCode, exit.signal], [null, 'SIGKILL']);
  const { guardEnd } = await host.shows('the end', ({ guardEnd }) => guardEnd?.commandId === id);
  assert.equal([guardEnd?.end, guardEnd?.cause, ...host.stands()], ['undone', 'undo', ...OLD]);
});

hostTest('while the coordinator refuses connections the deadline does not count', async (host) => {
  const id = await activated(host, { confirmMs: 20_000 });
  host.stop();
  await waitFor('held', () => host.guardSays('state') === 'held');
  assert.is(host.plan()?.commandId, id);
});

hostTest('off, it activates as it did before guards', async (host) => {
  const { exitCode, evidence } = await host.exited(host.rollback({ guard: 'off' }));
  assert.equal([exitCode, evidence?.guarded, host.plan()], [0, undefined, null]);
  assert.equal(host.log(), 'nix-env --switch-generation 1\nnew switch check=\n');
});

hostTest(
  'a coordinator that knows of no guards gets none',
  async (host) => {
    await host.exited(host.rollback());
    assert.equal(host.log(), 'nix-env --switch-generation 1\nnew switch check=\n');
  },
  { features: [] },
);

test.run();
