import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { CommandKill } from '../../shared/wire/protocol.ts';
import { openRig, type Rig, table } from '../fixtures/rig.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

const stages = () => rig.frames.flatMap((f) => (f.type === 'command.killing' ? [f.payload.stage] : []));
const kill = (id: string, request: Partial<CommandKill> = {}) =>
  rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 150, force: false, ...request });
const ready = (id: string) => waitFor(`${id} to be ready`, () => rig.output(id).includes('ready'));

/** For a process that leaves session, parents and environment, and keeps the output open: writes its pid into the file. */
const hidden = (file: string) =>
  `(env -i setsid bash -c 'trap "" TERM; echo $$ >${file}; exec sleep 300' &); until [ -s ${file} ]; do sleep 0.02; done`;
const isAlive = async (pid: number) => (await table.list()).some((entry) => entry.pid === pid && !entry.zombie);

test('a hidden process that only holds the output open is ended by a kill, and counted at a normal end', async () => {
  const file = join(rig.dir, 'hidden');
  const killed = rig.run([`${hidden(file)}; echo ready; sleep 300`]);
  await ready(killed);
  kill(killed);
  const exited = await rig.exited(killed);
  assert.is(exited.evidence?.unfound, undefined);
  assert.not.ok(await isAlive(Number(readFileSync(file, 'utf8'))));
  assert.equal(stages(), ['term', 'kill', 'dead']);

  rmSync(file);
  const id = rig.run([`${hidden(file)}; exit 3`]);
  const { exitCode, evidence } = await rig.exited(id);
  assert.equal([exitCode, evidence?.leftovers, evidence?.unfound], [3, 1, undefined]);
  assert.not.ok(await isAlive(Number(readFileSync(file, 'utf8'))));
});

test('a process that carries the id, or only reads the output, is not killed with the command', async () => {
  const id = rig.run(['echo ready; sleep 300']);
  await ready(id);
  const folder = join(rig.state.spoolDir, id);
  const strangers = [
    execa('sleep', ['300'], { env: { SWITCHYARD_COMMAND_ID: id, SWITCHYARD_COMMAND_TAG: id }, reject: false }),
    execa('tail', ['-f', join(folder, 'output')], { reject: false }),
  ];
  kill(id);
  assert.ok((await rig.exited(id)).kill);
  for (const stranger of strangers) {
    assert.ok(await isAlive(stranger.pid ?? 0));
    stranger.kill();
    await stranger;
  }
});

test('a process older than the command that was handed its output is not killed, and the record says that the output is held', async () => {
  for (const isKilled of [true, false]) {
    const id = rig.run([`echo ready; until [ -e ${rig.dir}/go ]; do sleep 0.02; done`]);
    await ready(id);
    const end = openSync(join(rig.state.spoolDir, id, 'fifo'), 'w');
    try {
      if (isKilled) kill(id);
      else writeFileSync(join(rig.dir, 'go'), '');
      const { kill: times, evidence } = await rig.exited(id);
      assert.equal([times !== null, evidence?.unfound], [isKilled, 'output_held']);
    } finally {
      closeSync(end);
    }
  }
});

test('if only the list of processes can be read, the record of each end says that some could not be seen', async () => {
  await rig.reopen({ table: { ...table, readsVariables: false, variable: () => null, writesTo: () => false } });
  const id = rig.run(['echo ready; sleep 300']);
  await ready(id);
  kill(id);
  assert.is((await rig.exited(id)).evidence?.unfound, 'not_visible');
  for (const code of [0, 3]) {
    const ended = await rig.exited(rig.run([`exit ${code}`]));
    assert.equal([ended.exitCode, ended.evidence?.unfound], [code, 'not_visible']);
  }
});

test('a command begun by an agent of an earlier version is found by its id', async () => {
  const id = rig.run(['echo ready; setsid sleep 300 & setsid sleep 300']);
  await ready(id);
  await rig.runner.close();
  const spec = join(rig.state.spoolDir, id, 'spec.json');
  const { tag: _, ...earlier } = JSON.parse(readFileSync(spec, 'utf8'));
  writeFileSync(spec, JSON.stringify(earlier));
  await rig.reopen();
  kill(id);
  assert.ok((await rig.exited(id)).kill);
  assert.equal(await rig.processes(), []);
});

test.run();
