import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { procMissing, testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { killAllOf, processesOf, waitUntilGone } from './census.ts';
import { readLog, startProgram } from './program.ts';
import { supervise } from './supervisor.ts';

let dir = '';
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-harness-'));
});
test.after.each(async () => {
  await killAllOf(dir);
  rmSync(dir, { recursive: true, force: true });
});

const sh = (script: string) => {
  const logFile = join(dir, 'log');
  return () =>
    startProgram({ argv: ['/bin/sh', '-c', script], env: { PATH: process.env.PATH ?? '', DIR: dir }, logFile });
};

test('a service is started again whatever it ended with, and writes on into the same log', async () => {
  const service = supervise(sh('echo run >&2; [ -e $DIR/second ] || { touch $DIR/second; exit 101; }; exec sleep 60'));
  await waitFor('the second run', () => service.exits.length === 1 && service.pid());
  assert.equal(service.exits, [{ code: 101, signal: null }]);
  const lines = (count: number) =>
    waitFor(
      `${count} lines`,
      () => readLog(join(dir, 'log')),
      (log) => log === 'run\n'.repeat(count),
    );
  await lines(2);
  service.kill('SIGKILL');
  await waitFor('the third run', () => service.exits.length === 2 && service.pid());
  await lines(3);
  await service.stop();
  assert.is(service.pid(), null);
  assert.is(service.exits.at(-1)?.signal, 'SIGTERM');
});

test('a service that was stopped stays down until it is started', async () => {
  const service = supervise(sh('exec sleep 60'));
  await service.stop();
  service.start();
  assert.type(service.pid(), 'number');
  await service.stop();
});

const censusTest = testUnless([procMissing()]);

censusTest('the census finds a process that left its session, and what is left over fails by its name', async () => {
  const left = startProgram({
    argv: ['/bin/sh', '-c', 'setsid sleep 61 & exit 0'],
    env: { PATH: process.env.PATH ?? '', EVIDENCE: `${dir}/evidence` },
    logFile: join(dir, 'log'),
  });
  await left.exited;
  await waitFor(
    'the sleeper',
    () =>
      processesOf(dir)
        .map(({ command }) => command)
        .join() === 'sleep 61',
  );
  const error = await waitUntilGone(dir, 50).then(
    () => null,
    (reason: Error) => reason,
  );
  assert.match(error?.message ?? '', 'sleep 61');
  const killed = await killAllOf(dir);
  assert.equal(
    killed.map(({ command }) => command),
    ['sleep 61'],
  );
  assert.equal(processesOf(dir), []);
});

test('a wait that times out names the awaited thing and the last finding', async () => {
  const error = await waitFor(
    'two',
    () => ({ value: 1 }),
    ({ value }) => value === 2,
    30,
  ).catch((reason: Error) => reason);
  assert.match(String(error), 'waited 0.03 s for two; last seen: { value: 1 }');
});

test.run();
