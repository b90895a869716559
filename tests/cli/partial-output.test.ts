import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FakeAgent } from '../../coordinator/fixtures/fake-agent.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../../coordinator/fixtures/test-app.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { systemClock } from '../../shared/time/clock.ts';
import { run, startRun } from './fixtures/command-line.ts';

/** The command line while output is missing: the agent sends exactly what a test says. */

const CONFIG = '[limits]\noutputBytes = 1000';

let app: TestApp;
let agent: FakeAgent;
let token: string;
let dir: string;
let place: { dir: string; coordinator: { address: string; tokenFile: string } };

test.before.each(async () => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-partial-'));
  await start(await startTestApp({ config: CONFIG }));
  ({ token } = await app.addHost('web1'));
  agent = await app.connect(token);
});
test.after.each(async () => {
  await app.close();
  rmSync(dir, { recursive: true });
});

async function start(started: TestApp): Promise<void> {
  app = started;
  const tokenFile = join(dir, 'token');
  place = { dir, coordinator: { address: await app.listen(), tokenFile } };
  writeFileSync(tokenFile, ADMIN_TOKEN);
}

async function begun(): Promise<string> {
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  return id;
}

async function write(id: string, offset: number, text: string): Promise<void> {
  agent.output(id, offset, text);
  await agent.next('command.output.ack');
}

async function exit(id: string, outputBytes: number): Promise<void> {
  const result = { exitCode: 0, signal: null, lost: false, startedAt: 1, endedAt: 2, outputBytes };
  agent.send('command.exited', { id, ...result });
  await agent.next('command.exited.ack');
}

/** A command that has ended with 12 bytes, of which 4 have come. */
async function endedEarly(): Promise<string> {
  await app.dispatch({ op: 'check-version', hosts: ['web1'] });
  const id = await begun();
  await write(id, 0, 'one\n');
  await exit(id, 12);
  return id;
}

const kept = (id: string) => ({
  id,
  op: 'check-version',
  state: 'exited' as const,
  exitCode: 0,
  outputBytes: 12,
  startedAt: 1,
  phase: null,
});

test('logs wait for what is still on its way', async () => {
  const id = await endedEarly();
  const logs = startRun(place, 'logs web1');
  await waitFor('what is here', () => logs.soFar.out === 'one\n');
  await write(id, 4, 'two\nend\n');
  assert.equal(await logs.ended, { status: 0, out: 'one\ntwo\nend\n', err: '' });
});

test('logs wait for a host that is away for a moment, and say so', async () => {
  const id = await endedEarly();
  await agent.close();
  const logs = startRun(place, `logs ${id}`);
  await waitFor('word of it', () => logs.soFar.err !== '');
  agent = await app.connect(token, { hello: { commands: [kept(id)] } });
  await write(id, 4, 'two\nend\n');
  const { status, out, err } = await logs.ended;
  assert.equal([status, out], [0, 'one\ntwo\nend\n']);
  assert.is(err, '4 of 12 bytes are here; web1 is offline\n');
});

test('with --no-wait they take what is here, and say of how much', async () => {
  const id = await endedEarly();
  assert.equal(await run(place, `logs ${id} --no-wait`), {
    status: 0,
    out: 'one\n',
    err: '4 of 12 bytes of the output are here; the rest is still arriving\n',
  });
  assert.is((await run(place, `logs ${id} --no-wait --follow`)).status, 2);
});

test('output that a host no longer has is missing: 3', async () => {
  const id = await endedEarly();
  await agent.close();
  agent = await app.connect(token);
  assert.equal(await run(place, `logs ${id}`), {
    status: 3,
    out: 'one\n',
    err: 'switchyard logs: 4 of 12 bytes of the output are here; web1 no longer has the rest\n',
  });
});

test('a host that has been gone for long is not waited for: 3', async () => {
  await app.close();
  const past = { ...systemClock, now: () => Date.now() - 10 * 60_000 };
  await start(await startTestApp({ config: CONFIG, clock: past }));
  ({ token } = await app.addHost('web1'));
  agent = await app.connect(token);
  const id = await endedEarly();
  await agent.close();
  const { dataDir } = app;
  await app.stop();
  await start(await startTestApp({ config: CONFIG, dataDir }));
  const began = performance.now();
  const { status, err } = await run(place, `logs ${id}`);
  assert.is(status, 3);
  assert.match(err, /\nswitchyard logs: 4 of 12 bytes of the output are here; web1 is offline, and may send the rest/);
  assert.ok(performance.now() - began < 30_000);
});

test('output that was cut is not whole, for logs and run alike: 3', async () => {
  const running = startRun(place, 'run check-version --on web1');
  const id = await begun();
  await write(id, 0, 'x'.repeat(1500));
  await exit(id, 1500);
  const { status, out, err } = await running.ended;
  assert.is(status, 3);
  assert.match(out, /✓ web1 check-version SUCCESS/, 'how the command ended is another matter');
  const words =
    '1000 of 1500 bytes of the output were kept: it is longer than the coordinator keeps (limits.outputBytes)';
  assert.ok(err.endsWith(`web1: ${words}\n`), err);
  assert.equal(await run(place, 'logs web1'), { status: 3, out: 'x'.repeat(1000), err: `switchyard logs: ${words}\n` });
});

test('logs of a running command prints the output so far, and says that the command goes on', async () => {
  await app.dispatch({ op: 'check-version', hosts: ['web1'] });
  const id = await begun();
  await write(id, 0, 'one\n');
  assert.equal(await run(place, 'logs web1'), {
    status: 0,
    out: 'one\n',
    err: 'web1: the command goes on; --follow stays until it ends\n',
  });
  await exit(id, 4);
});

test('run prints the end once all of the output is here, and until then how much is', async () => {
  const running = startRun(place, 'run check-version --on web1');
  const id = await begun();
  await write(id, 0, 'one\n');
  await exit(id, 12);
  await waitFor('word of it', () =>
    running.soFar.err.includes('web1: 4 of 12 bytes of its output are here, the rest is arriving\n'),
  );
  assert.is(running.soFar.out, '');
  await write(id, 4, 'two\nend\n');
  const { status, out } = await running.ended;
  assert.is(status, 0);
  assert.match(out, /✓ web1 check-version SUCCESS.*\n$/);
});

test('run --no-wait leaves at the verdict', async () => {
  const running = startRun(place, 'run check-version --on web1 --no-wait');
  const id = await begun();
  await exit(id, 12);
  const { status, out } = await running.ended;
  assert.is(status, 0);
  assert.match(out, /SUCCESS/);
});

test.run();
