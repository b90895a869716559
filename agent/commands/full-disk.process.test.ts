import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mountsMissing, testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';

let root = '';
let rig: Rig;
test.before.each(async () => {
  root = mkdtempSync(join(tmpdir(), 'switchyard-full-'));
  mkdirSync(join(root, 'state'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'switchyard-test', join(root, 'state')]);
  rig = await openRig({}, root);
});
test.after.each(async () => {
  await rig.runner.close();
  for (const pid of await rig.processes()) process.kill(pid, 'SIGKILL');
  execFileSync('umount', ['-l', join(root, 'state')]);
  rmSync(root, { recursive: true, force: true });
});

const onSmallDisk = testUnless([mountsMissing()]);

onSmallDisk('a command whose output fills the disk runs to its end, and its real exit code is told', async () => {
  const id = rig.run(['head -c 8000000 /dev/zero | tr "\\0" x; echo end >&2', 'exit 6'], {
    phases: ['loud', 'last'],
  });
  const exited = await rig.exited(id);
  assert.is(exited.exitCode, 6);
  assert.is(exited.lost, false);
  assert.is(exited.evidence?.outputCut, true, 'the output is told to be not all');
  assert.ok(exited.outputBytes > 1_000_000 && exited.outputBytes < 2_097_152);
  await waitFor('all output that is held', () => rig.output(id).length === exited.outputBytes);
  assert.is(rig.runner.lastEnded(), id);
});

onSmallDisk('a full disk forgets no command: its own folder makes room for its tombstone', async () => {
  const id = rig.run(['head -c 8000000 /dev/zero', 'exit 6']);
  const { outputBytes } = await rig.exited(id);
  await waitFor('all output that is held', () => rig.output(id).length === outputBytes);
  rig.runner.ackExit(id);
  await waitFor('the folder to go', () => readdirSync(rig.state.spoolDir).length === 0);
  await rig.reopen();
  rig.frames.length = 0;
  rig.run([], { id });
  assert.is((await rig.exited(id)).exitCode, 6);
  assert.not.ok(
    rig.frames.some(({ type }) => type === 'command.started'),
    'it is not run again',
  );
});

onSmallDisk('without room for its tombstone the folder of a command stays until there is, and goes then', async () => {
  const id = rig.run(['exit 6']);
  await rig.exited(id);
  const filler = join(root, 'state/filler');
  assert.throws(() => writeFileSync(filler, Buffer.alloc(4_000_000)), 'ENOSPC');
  rig.runner.ackExit(id);
  await waitFor('the attempt', () => rig.errors.length > 0);
  await rig.reopen();
  assert.equal(readdirSync(rig.state.spoolDir), [id]);
  const welcomed = { hostId: id, serverTime: 0, output: [], finished: [id] };
  rmSync(filler);
  rig.runner.resume(welcomed);
  await waitFor('the folder to go', () => readdirSync(rig.state.spoolDir).length === 0);
  assert.ok(existsSync(join(rig.state.tombstoneDir, `${id}.json`)));
});

onSmallDisk('a kill on a full disk ends the command, and says when', async () => {
  const id = rig.run(['trap "" TERM; head -c 8000000 /dev/zero; while :; do sleep 300; done']);
  await waitFor('a full disk', () => statfsSync(join(root, 'state')).bavail === 0);
  rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 50, force: false });
  const exited = await rig.exited(id);
  assert.is(exited.exitCode, 137);
  assert.type(exited.kill?.killAt, 'number');
  assert.equal(await rig.processes(), []);
});

onSmallDisk('no space for the command: it is refused as storage_full, leaves nothing, and is remembered', async () => {
  assert.throws(() => writeFileSync(join(root, 'state/filler'), Buffer.alloc(4_000_000)), 'ENOSPC');
  const id = rig.run(['echo never']);
  assert.is((await rig.frame(id, 'command.rejected')).code, 'storage_full');
  rig.frames.length = 0;
  rig.run([], { id });
  assert.is((await rig.frame(id, 'command.rejected')).code, 'storage_full');
  rmSync(join(root, 'state/filler'));
  const next = rig.run(['echo room again']);
  const { exitCode, evidence } = await rig.exited(next);
  assert.is(exitCode, 0);
  assert.is(evidence?.outputCut, undefined);
});

test.run();
