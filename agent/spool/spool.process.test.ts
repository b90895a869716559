import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';
import { openStateDir } from '../state/state-dir.ts';
import { createSpool } from './spool.ts';
import type { CommandSpec } from './spool-entry.ts';

let dir = '';
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-spool-'));
});
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

const spec: CommandSpec = { id: 'one', op: 'pull', completion: 'exit', takesSlot: true, acceptedAt: 1, bootId: 'b' };

function open() {
  const witnessDir = join(dir, 'witness');
  mkdirSync(join(dir, 'spool'), { recursive: true });
  mkdirSync(witnessDir, { recursive: true });
  return { spool: createSpool({ dir: join(dir, 'spool'), witnessDir }), witness: join(witnessDir, 'one.exit') };
}

test('a command is found again with all that was written of it', async () => {
  const { spool } = open();
  await spool.create(spec, []);
  const [found, ...others] = await spool.scan();
  assert.equal(others, []);
  const { tag, ...accepted } = found?.spec ?? {};
  assert.equal(accepted, { ...spec, steps: [] });
  assert.match(tag ?? '', /^[0-9a-f-]{36}$/);
  for (const file of ['run.sh', 'spec.json']) assert.is(statSync(join(dir, 'spool', 'one', file)).mode & 0o777, 0o600);
  assert.is(await found?.started(), null);
  assert.is(await found?.exitMark(), null);
  assert.is(await found?.result(), null);
  assert.is(await found?.outputBytes(), 0);
});

test('a folder is removed even if something is written into it meanwhile', async () => {
  const { spool } = open();
  const entry = await spool.create(spec, []);
  const script = 'i=0; while [ -e spec.json ]; do i=$((i+1)); : >$i; done 2>/dev/null';
  const writer = spawn('/bin/sh', ['-c', script], { cwd: entry.dir });
  const ended = once(writer, 'exit');
  await waitFor('the first files', () => existsSync(join(entry.dir, '20')));
  await entry.remove();
  assert.not.ok(existsSync(entry.dir));
  await ended;
  assert.not.ok(existsSync(entry.dir));
});

test('a command is claimed by the agent or started by its wrapper, never both', async () => {
  const { spool } = open();
  const claimed = await spool.create(spec, []);
  assert.is(await claimed.claim(), true);
  assert.is(await claimed.claim(), true);
  assert.is(await claimed.started(), 'claimed');
  const begun = await spool.create({ ...spec, id: 'two' }, []);
  writeFileSync(join(begun.dir, 'started'), 'boot 12 13 Sat Nov 22 21:03:01 2025\n');
  assert.is(await begun.claim(), false);
  const { at, ...started } = Object(await begun.started());
  assert.type(at, 'number');
  assert.equal(started, { bootId: 'boot', wrapper: { pid: 12, start: 'Sat Nov 22 21:03:01 2025' }, reader: 13 });
});

test('an exit without its mark was not written; the mark in the folder wins over the witness', async () => {
  const { spool, witness } = open();
  const entry = await spool.create(spec, []);
  for (const cut of ['', '0', '0 0', '0 0 en', '0 0 end']) {
    writeFileSync(join(entry.dir, 'exit'), cut);
    assert.is(await entry.exitMark(), null, JSON.stringify(cut));
  }
  writeFileSync(witness, '7 0 end\n');
  assert.is((await entry.exitMark())?.exitCode, 7);
  writeFileSync(join(entry.dir, 'exit'), '4 2 end\n');
  assert.is((await entry.exitMark())?.exitCode, 4);
  assert.is((await entry.exitMark())?.leftovers, 2);
});

test('a removed command leaves nothing, not even its witness', async () => {
  const { spool, witness } = open();
  const entry = await spool.create(spec, []);
  writeFileSync(witness, '7 0 end\n');
  await entry.remove();
  assert.not.ok(existsSync(entry.dir) || existsSync(witness));
  assert.equal(await spool.scan(), []);
});

test('a command that was never durable is removed; one that cannot be read is an error, and stays', async () => {
  const { spool } = open();
  mkdirSync(join(dir, 'spool', 'half'));
  writeFileSync(join(dir, 'spool', 'half', 'spec.json'), '{"id":');
  assert.equal(await spool.scan(), []);
  assert.not.ok(existsSync(join(dir, 'spool', 'half')));
  mkdirSync(join(dir, 'spool', 'odd', 'spec.json'), { recursive: true });
  const refused = await spool.scan().catch((error) => error);
  assert.is(refused.code, 'EISDIR');
  assert.ok(existsSync(join(dir, 'spool', 'odd')));
});

test('a result is read as it was saved', async () => {
  const { spool } = open();
  const entry = await spool.create(spec, []);
  writeFileSync(entry.outputFile, 'output');
  const result: CommandExited = {
    id: 'one',
    exitCode: 0,
    signal: null,
    lost: false,
    startedAt: 1,
    endedAt: 2,
    outputBytes: 6,
  };
  await entry.saveResult(result);
  assert.equal(await (await spool.scan())[0]?.result(), result);
});

test('a state folder keeps its id and the last ended command; a new one has another id', async () => {
  const open = async (name: string) => {
    const opening = await openStateDir({ path: join(dir, name), runtimeDirs: [] });
    return opening.kind === 'opened' ? opening.state : assert.unreachable();
  };
  const first = await open('a');
  assert.is(first?.lastEnded(), null);
  await first?.setLastEnded('one');
  first?.close();
  const again = await open('a');
  assert.is(again?.stateId, first?.stateId);
  assert.is(again?.lastEnded(), 'one');
  const other = await open('b');
  assert.is.not(other?.stateId, first?.stateId);
  assert.is.not(other?.tag, first?.tag);
});

test('a state folder open to others is refused in one line with advice', async () => {
  const open = () => openStateDir({ path: join(dir, 'held'), runtimeDirs: [] });
  assert.is((await open()).kind, 'opened');
  const second = await open();
  assert.is(second.kind, 'held');
  const words = `another agent with the pid ${process.pid} works on ${join(dir, 'held')}; stop that one`;
  assert.match(second.kind === 'held' ? second.fault : '', words);
});

test('an unwritable state folder is named with its path and the reason', async () => {
  writeFileSync(join(dir, 'file'), '');
  const opening = await openStateDir({ path: join(dir, 'file'), runtimeDirs: [] });
  assert.is(opening.kind, 'fault');
  assert.match(opening.kind === 'fault' ? opening.fault : '', /file cannot be written \(E[A-Z]+\)/);
});

test('the first runtime folder that can be written takes the second witness', async () => {
  writeFileSync(join(dir, 'file'), '');
  const opening = await openStateDir({ path: join(dir, 'state'), runtimeDirs: [join(dir, 'file'), join(dir, 'run')] });
  assert.match(opening.kind === 'opened' ? (opening.state.witnessDir ?? '') : '', join(dir, 'run/switchyard-'));
});

test.run();
