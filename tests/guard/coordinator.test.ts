import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../cli/fixtures/command-line.ts';
import { NEW, OLD } from './guarded-host.ts';
import { dispatch, ended, endOf, guarded, isOnTrial } from './real-scene.ts';

guarded('a host in contact is told to keep it, and the record ends by what it shows then', async (scene) => {
  const { system, host, name } = scene;
  const command = await ended(scene, await dispatch(scene));
  assert.equal(endOf(command), ['SUCCESS', null], command.message ?? '');
  assert.equal(host.stands(), NEW);
  assert.is(command.decision?.actor, 'system');
  const [exitedAt = 0, keptAt = 0] = [command.exitedAt ?? 0, command.decision?.at ?? 0];
  assert.ok(keptAt - exitedAt >= 15_000, `${keptAt - exitedAt} ms after the exit`);
  assert.is((await system.run('check-version', name)).status, 'SUCCESS', 'its host is free');
});

guarded('nobody in contact for long enough: it goes back, and the record says so', async (scene) => {
  const { system, host } = scene;
  const command = await ended(scene, await dispatch(scene, { confirmMs: 2_000 }));
  assert.equal(endOf(command), ['ROLLED_BACK', 'not_confirmed'], command.message ?? '');
  assert.equal(host.stands(), OLD);
  assert.ok(
    (await system.api.attention()).some(({ kind, commandId }) => kind === 'rolled_back' && commandId === command.id),
  );
});

guarded('a person keeps at once', async (scene) => {
  const { system, host, name } = scene;
  const id = await dispatch(scene);
  await isOnTrial(scene, id);
  const { status, out } = await run(system, `keep ${name}`);
  assert.is(status, 0);
  assert.match(out, /is (being )?kept/);
  const late = await run(system, `undo ${id} --yes`);
  assert.is(late.status, 1);
  assert.match(late.err, /already_decided: admin decided at .*: keep/);
  assert.equal(endOf(await ended(scene, id)), ['SUCCESS', null]);
  assert.equal(host.stands(), NEW);
});

guarded('a person undoes', async (scene) => {
  const { system, host, name } = scene;
  const id = await dispatch(scene);
  await isOnTrial(scene, id);
  const asked = await run(system, `undo ${id}`);
  assert.is(asked.status, 2);
  assert.match(asked.err, new RegExp(`Let ${name} go back`));
  assert.is((await run(system, `undo ${id} --yes`)).status, 0);
  assert.equal(endOf(await ended(scene, id)), ['ROLLED_BACK', 'undone']);
  assert.equal(host.stands(), OLD);
});

test.run();
