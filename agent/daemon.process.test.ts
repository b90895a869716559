import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type WebSocket, WebSocketServer } from 'ws';
import { bareProgram } from '../scripts/built-programs.ts';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { newCommandId, newId } from '../shared/ids.ts';
import { systemClock } from '../shared/time/clock.ts';
import { decodeAgentFrame, decodeOutput } from '../shared/wire/codec.ts';
import type { AgentFrame, CoordinatorFrame } from '../shared/wire/protocol.ts';
import { readConfig } from './config/config.ts';
import { thisMachine } from './config/detect.ts';
import { createLog } from './config/log.ts';
import { startDaemon } from './daemon.ts';
import { removeRunTraces } from './fixtures/run-traces.ts';
import { createSpool } from './spool/spool.ts';
import { thisHost } from './state/host-identity.ts';

const TOKEN = 's3cret-token';
const MAIN = await bareProgram('agent');
const folder = mkdtempSync(join(tmpdir(), 'switchyard-daemon-'));
const opsFile = join(folder, 'ops.toml');
writeFileSync(
  opsFile,
  `
[ops.greet]
steps = [["sh", "-c", "echo hello; env"], ["sh", "-c", "echo bye; exit 3"]]
[ops.linger]
steps = [["sleep", "60"]]
[ops.renew]
steps = [["true"]]
completion = "restart"
`,
);

/** A coordinator that welcomes, acknowledges the frames that the test names, and records everything. */
type Coordinator = {
  url: string;
  frames: AgentFrame[];
  output: Buffer[];
  say(frame: CoordinatorFrame): void;
  close(): void;
};

async function startCoordinator(): Promise<Coordinator> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const coordinator: Coordinator = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    frames: [],
    output: [],
    say: () => {},
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
  server.on('connection', (socket: WebSocket) => {
    coordinator.say = (frame) => socket.send(JSON.stringify(frame));
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const chunk = decodeOutput(data);
        assert.ok(chunk);
        coordinator.output.push(Buffer.from(chunk.bytes));
        const { commandId: id, offset, bytes } = chunk;
        coordinator.say({ type: 'command.output.ack', payload: { id, offset: offset + bytes.length } });
        return;
      }
      const decoded = decodeAgentFrame(data.toString());
      if (decoded.kind !== 'frame') throw new Error(`${JSON.stringify(decoded)}: ${data}`);
      coordinator.frames.push(decoded.frame);
      if (decoded.frame.type !== 'hello') return;
      const output = decoded.frame.payload.commands.map(({ id }) => ({ id, offset: 0 }));
      const payload = { hostId: newId(), serverTime: systemClock.now(), output, finished: [] };
      coordinator.say({ type: 'welcome', payload });
    });
  });
  return coordinator;
}

type Payload<Type extends AgentFrame['type']> = Extract<AgentFrame, { type: Type }>['payload'];

/** The first frame of the type that fits; fails after a while. */
async function frame<Type extends AgentFrame['type']>(
  { frames }: Coordinator,
  type: Type,
  fits: (payload: Payload<Type>) => boolean = () => true,
): Promise<Payload<Type>> {
  const find = () => frames.find((found) => found.type === type && fits(found.payload as Payload<Type>));
  await waitFor(
    type,
    () => frames,
    () => find() !== undefined,
  );
  return find()?.payload as Payload<Type>;
}

type Agent = { process: ChildProcess; log: string[]; left: Promise<number | null> };
const agents: Agent[] = [];

function startAgent(url: string, stateDir: string, env: Record<string, string> = {}): Agent {
  const child = spawn(process.execPath, [MAIN, '--state-dir', stateDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      SWITCHYARD_URL: url,
      SWITCHYARD_TOKEN: TOKEN,
      SWITCHYARD_PLATFORM: 'custom',
      SWITCHYARD_LAUNCHER: 'process',
      SWITCHYARD_OPS_FILE: opsFile,
      SWITCHYARD_HEARTBEAT_INTERVAL_MS: '60000',
      ...env,
    },
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => log.push(text));
  const left = once(child, 'exit').then(([code]) => code as number | null);
  const agent = { process: child, log, left };
  agents.push(agent);
  return agent;
}

test.after(() => {
  for (const { process: child } of agents) if (child.exitCode === null) child.kill('SIGKILL');
  removeRunTraces(folder);
  rmSync(folder, { recursive: true, force: true });
});

const run = (coordinator: Coordinator, op: string): string => {
  const id = newCommandId();
  const notAfter = systemClock.now() + 60_000;
  coordinator.say({ type: 'command.run', payload: { id, op, options: {}, killGraceMs: 1000, notAfter } });
  return id;
};

test('a command goes from dispatch to its acknowledged end, and the next report is sampled after it', async () => {
  const coordinator = await startCoordinator();
  const agent = startAgent(coordinator.url, join(folder, 'whole'), { SWITCHYARD_TAGS: 'eu,web' });
  const hello = await frame(coordinator, 'hello');
  assert.equal(hello.tags, ['eu', 'web']);
  assert.ok(hello.ops.some(({ id, completion }) => id === 'renew' && completion === 'restart'));
  assert.match(hello.report.freshness.binaryHash ?? '', /^[0-9a-f]{64}$/);
  assert.equal(hello.commands, []);
  assert.is((await frame(coordinator, 'heartbeat')).seq, 1);

  const id = run(coordinator, 'greet');
  await frame(coordinator, 'command.accepted', (payload) => payload.id === id);
  await frame(coordinator, 'command.started', (payload) => payload.id === id && payload.pid > 0);
  const exited = await frame(coordinator, 'command.exited', (payload) => payload.id === id);
  assert.is(exited.exitCode, 3);
  assert.is(exited.exitInstanceId, hello.instanceId);
  const { report } = await frame(coordinator, 'heartbeat', (payload) => payload.report.afterCommand === id);
  assert.is(report.running, null);
  const types = coordinator.frames.map(({ type }) => type);
  assert.ok(types.lastIndexOf('heartbeat') > types.indexOf('command.exited'));

  const text = Buffer.concat(coordinator.output).toString();
  assert.match(text, /^hello\n/);
  assert.match(text, /bye\n$/);
  assert.is(Buffer.byteLength(text), exited.outputBytes);
  assert.not.match(text, TOKEN);

  coordinator.say({ type: 'command.exited.ack', payload: { id } });
  agent.process.kill('SIGTERM');
  assert.is(await agent.left, 0);
  assert.not.match(agent.log.join(''), TOKEN);
  coordinator.close();
});

test('SIGTERM ends the agent and not the command, which the next instance takes over', async () => {
  const coordinator = await startCoordinator();
  const stateDir = join(folder, 'adopted');
  const first = startAgent(coordinator.url, stateDir);
  const before = await frame(coordinator, 'hello');
  const id = run(coordinator, 'linger');
  const { pid } = await frame(coordinator, 'command.started');
  first.process.kill('SIGTERM');
  assert.is(await first.left, 0);

  coordinator.frames.length = 0;
  const second = startAgent(coordinator.url, stateDir);
  const after = await frame(coordinator, 'hello');
  assert.is(after.stateId, before.stateId);
  assert.is.not(after.instanceId, before.instanceId);
  assert.is(after.bootId, before.bootId);
  assert.equal(
    after.commands.map(({ id, state }) => [id, state]),
    [[id, 'running']],
  );
  assert.is((await frame(coordinator, 'command.started')).pid, pid);

  coordinator.say({ type: 'command.kill', payload: { id, signal: 'SIGTERM', graceMs: 1000, force: false } });
  await frame(coordinator, 'command.exited', (payload) => payload.id === id && payload.kill !== null);
  second.process.kill('SIGTERM');
  assert.is(await second.left, 0);
  coordinator.close();
});

test('a second agent on the same state folder leaves at once with 75, and the first is not disturbed', async () => {
  const coordinator = await startCoordinator();
  const stateDir = join(folder, 'held');
  const first = startAgent(coordinator.url, stateDir);
  await frame(coordinator, 'hello');
  const second = startAgent(coordinator.url, stateDir);
  assert.is(await second.left, 75);
  const words = second.log.join('');
  assert.match(words, `another agent with the pid ${first.process.pid} works on ${stateDir}; stop that one`);
  assert.match(words, /^switchyard-agent: SWITCHYARD_STATE_DIR .*\n$/);
  assert.is(coordinator.frames.filter(({ type }) => type === 'hello').length, 1);
  first.process.kill('SIGKILL');
  await first.left;
  coordinator.frames.length = 0;
  const third = startAgent(coordinator.url, stateDir);
  await frame(coordinator, 'hello');
  third.process.kill('SIGTERM');
  assert.is(await third.left, 0);
  coordinator.close();
});

test('an op that completes by restart makes the agent leave with 101 once its exit is acknowledged', async () => {
  const coordinator = await startCoordinator();
  const agent = startAgent(coordinator.url, join(folder, 'renewed'));
  await frame(coordinator, 'hello');
  const id = run(coordinator, 'renew');
  assert.is((await frame(coordinator, 'command.exited')).exitCode, 0);
  coordinator.say({ type: 'command.exited.ack', payload: { id } });
  assert.is(await agent.left, 101);
  coordinator.close();
});

test('an exit found while starting may make the agent leave before the start is complete', async () => {
  const stateDir = join(folder, 'early');
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'systemctl'), '#!/bin/sh\nsleep 0.3\n', { mode: 0o755 });
  const spool = createSpool({ dir: join(stateDir, 'spool'), witnessDir: null });
  const spec = { op: 'renew', completion: 'restart', takesSlot: true, acceptedAt: 1, bootId: 'boot' } as const;
  const entry = await spool.create({ id: newCommandId(), ...spec }, []);
  writeFileSync(join(entry.dir, 'started'), 'boot 4194999 4194999 1\n');
  writeFileSync(join(entry.dir, 'exit'), '0 0 end\n');

  const env = { SWITCHYARD_URL: 'ws://127.0.0.1:1', SWITCHYARD_TOKEN: TOKEN, SWITCHYARD_OPS_FILE: opsFile };
  const machine = thisMachine({});
  const given = ['--state-dir', stateDir, '--launcher', 'process', '--platform', 'custom', '--log-level', 'silent'];
  const reading = readConfig(given, { ...env, SWITCHYARD_BOOT_ID: 'boot' }, machine);
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  const path = process.env.PATH;
  process.env.PATH = `${tools}:${path}`;
  const start = await startDaemon({
    config: { ...reading.config, launcher: 'systemd' },
    release: '0.0.0',
    version: '0.0.0',
    commit: null,
    entry: import.meta.filename,
    execPath: process.execPath,
    env,
    random: Math.random,
    identity: thisHost,
    machine,
    log: createLog('silent'),
    // The 5 s that an exit may wait for its acknowledgement are over at once.
    clock: { ...systemClock, setTimeout: (run, ms) => systemClock.setTimeout(run, ms === 5_000 ? 0 : ms) },
  });
  process.env.PATH = path;
  assert.is(start.kind, 'started');
  if (start.kind === 'started') assert.is(await start.daemon.left, 101);
});

test.run();
