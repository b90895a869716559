import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockStateDir, type StateLocking } from './state-lock.ts';

let dir = '';
let agents: ChildProcess[] = [];
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-lock-'));
  agents = [];
});
test.after.each(() => {
  for (const agent of agents) agent.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** Tries to lock the folder, prints the result and the pid of a command that outlives it, and stays. */
const AGENT = `
import { spawn } from 'node:child_process';
import { lockStateDir } from ${JSON.stringify(join(import.meta.dirname, 'state-lock.ts'))};
const locking = lockStateDir(process.argv[1]);
const command = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
console.log(JSON.stringify({ kind: locking.kind, holder: locking.holder, command: command.pid }));
setInterval(() => locking, 60_000);
`;

type Word = { kind: StateLocking['kind']; holder?: number; command: number };

async function startAgent(): Promise<{ process: ChildProcess; word: Word }> {
  const started = spawn(process.execPath, ['--input-type=module', '--eval', AGENT, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  agents.push(started);
  const [text] = await once(started.stdout, 'data');
  return { process: started, word: JSON.parse(String(text)) as Word };
}

async function killHard(agent: ChildProcess): Promise<void> {
  agent.kill('SIGKILL');
  await once(agent, 'exit');
}

test('a second agent on a folder is refused with the pid of the first', async () => {
  const first = await startAgent();
  assert.is(first.word.kind, 'locked');
  assert.equal(lockStateDir(dir), { kind: 'held', holder: first.process.pid });
  process.kill(first.word.command);
});

test('killed -9, it is free at that moment, although a command of its lives on', async () => {
  const first = await startAgent();
  await killHard(first.process);
  process.kill(first.word.command, 0);
  const { kind } = lockStateDir(dir);
  process.kill(first.word.command);
  assert.is(kind, 'locked');
});

test("the named holder decides nothing: after a reboot its pid may be another process's", () => {
  writeFileSync(join(dir, 'lock'), '');
  writeFileSync(join(dir, 'lock-holder'), `${process.ppid}\n`);
  assert.is(lockStateDir(dir).kind, 'locked');
  assert.is(readFileSync(join(dir, 'lock-holder'), 'utf8'), `${process.pid}\n`);
});

test('a holder that cannot be named is not made up', () => {
  assert.is(lockStateDir(dir).kind, 'locked');
  for (const text of ['', '4194999\n']) {
    writeFileSync(join(dir, 'lock-holder'), text);
    assert.equal(lockStateDir(dir), { kind: 'held', holder: null });
  }
});

test('exactly one of several agents that start at the same moment gets the lock', async () => {
  writeFileSync(join(dir, 'lock-holder'), '1\n');
  const words = (await Promise.all(Array.from({ length: 4 }, startAgent))).map(({ word }) => word);
  for (const { command } of words) process.kill(command);
  assert.equal(words.map(({ kind }) => kind).sort(), ['held', 'held', 'held', 'locked']);
});

test('released it is free, and the lock itself needs no space on a disk that may be full', () => {
  const first = lockStateDir(dir);
  assert.is(first.kind, 'locked');
  if (first.kind === 'locked') first.lock.release();
  assert.is(lockStateDir(dir).kind, 'locked');
  assert.is(statSync(join(dir, 'lock')).size, 0);
  assert.equal(readdirSync(dir).sort(), ['lock', 'lock-holder']);
});

test('a folder that cannot be written is thrown', () => {
  assert.throws(() => lockStateDir(join(dir, 'missing')));
});

test.run();
