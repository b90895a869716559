import { appendFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type System, startSystem } from '../harness/system.ts';
import { NEW, OLD } from './guarded-host.ts';
import { dispatch, ended, endOf, guarded, isOnTrial } from './real-scene.ts';

/** A system whose coordinator is killed. */
let doomed: System;
test.before(async () => {
  doomed = await startSystem();
});
test.after(() => doomed.close());

guarded('a failed activation is undone, and the record ends after the undo', async (scene) => {
  const { host } = scene;
  appendFileSync(
    host.file('test.new'),
    'ln -sfn "$(dirname "$(dirname "$0")")" "$(dirname "$0")/../../../current"; exit 1\n',
  );
  const command = await ended(scene, await dispatch(scene));
  assert.equal(endOf(command), ['ROLLED_BACK', 'activation_failed'], command.message ?? '');
  assert.equal(host.stands(), OLD);
});

guarded('a new system that refuses its activation changes nothing', async (scene) => {
  const { host } = scene;
  appendFileSync(host.file('check.new'), 'echo no >&2; exit 1\n');
  assert.equal(endOf(await ended(scene, await dispatch(scene))), ['ERROR', 'switch_inhibited']);
  assert.equal(host.stands(), OLD);
});

guarded('nobody keeps a cancelled activation, and its host is busy until it has gone back', async (scene) => {
  const { system, host, name } = scene;
  const id = await dispatch(scene, { confirmMs: 25_000 });
  await system.command(id, ({ verdict }) => verdict !== null);
  await system.api.dispatch({ op: 'cancel', hosts: [name] });
  assert.is((await ended(scene, id)).status, 'CANCELLED');
  const [busy] = (await system.api.dispatch({ op: 'check-version', hosts: [name] })).answer.results;
  assert.is(busy?.code, 'agent_busy');
  await waitFor(
    'the old system',
    () => host.stands().join(),
    (stands) => stands === OLD.join(),
  );
  assert.is((await system.run('check-version', name, { queueMs: 60_000 })).status, 'SUCCESS');
});

guarded(
  'the guard waits for a coordinator that dies in the window, and the coordinator keeps the system once it is back',
  async (scene) => {
    const { system, host } = scene;
    const confirmMs = 10_000;
    const id = await dispatch(scene, { confirmMs });
    await isOnTrial(scene, id);
    await system.coordinator.kill('SIGKILL');
    await waitFor('a window that would be over while the network works', () => {
      const { spentMs, heldMs } = host.counted();
      return spentMs + heldMs > confirmMs;
    });
    assert.equal(host.stands(), ['new', 'system-2-link', 'old'], 'held');
    await system.coordinator.start();
    const command = await ended(scene, id);
    assert.equal(endOf(command), ['SUCCESS', null], command.message ?? '');
    assert.equal(host.stands(), NEW);
  },
  () => doomed,
);

test.run();
