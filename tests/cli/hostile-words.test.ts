import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectFakeAgent, type FakeAgent, sampleHello } from '../../coordinator/fixtures/fake-agent.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type System, startSystem } from '../harness/system.ts';
import { run, startOnTerminal } from './fixtures/command-line.ts';

const ESC = '\u001b';
/** Clears the screen, sets a title, asks the terminal to answer, turns the direction of writing, begins another line. */
const EVIL = '\u001b[2J\u001b]0;owned\u0007\u001b[6n\u001bP$q\u001b\\\u009b31m\u0090x\u009c\u202egnp\u2066\r\nweb1 ok';
/** Control characters except line ends, and those that change the writing direction or hide text. */
const ACTS = /[^\P{Cc}\n]|\p{Bidi_Control}|[\u2028\u2029\u{e0000}-\u{e007f}]/u;
/** Colours, and sequences that redraw lines. */
const OURS = new RegExp(`${ESC}\\[(?:\\d{1,2}m|\\d*A|J)`, 'g');

let system: System;
let agent: FakeAgent;
let id: string;

test.before(async () => {
  system = await startSystem();
  const { token } = await system.api.addHost('evil');
  const hello = sampleHello();
  const running = { id: '01890000-0000-7000-8000-000000000001', op: EVIL, pid: 1, startedAt: 1, phase: EVIL };
  const check = { status: 'error', message: EVIL, checkedAt: 1 } as const;
  agent = await connectFakeAgent({
    address: system.coordinator.address,
    token,
    hello: {
      hostname: EVIL,
      agentVersion: EVIL,
      os: { name: EVIL, version: EVIL, arch: EVIL },
      report: { ...hello.report, systemPath: EVIL, checks: { tests: check, lock: check, system: check } },
    },
  });
  id = await system.dispatch('test', 'evil');
  await agent.next('command.run');
  agent.send('command.accepted', { id });
  agent.send('command.started', { id, pid: 1, startedAt: 1 });
  agent.send('command.progress', { id, phase: EVIL, text: EVIL });
  agent.output(id, 0, `\u001b[32mgreen\u001b[0m ${EVIL}\n`);
  const evidence = {
    failedUnits: [EVIL],
    failedUnitsBefore: [EVIL],
    tests: [{ name: EVIL, exitCode: 1, durationMs: 1 }],
  };
  const outputBytes = Buffer.byteLength(`\u001b[32mgreen\u001b[0m ${EVIL}\n`);
  const ended = { exitCode: null, signal: EVIL.slice(0, 30), lost: false, startedAt: 1, endedAt: 2, outputBytes };
  agent.send('command.exited', { id, ...ended, evidence });
  await system.command(id);
  const rejected = await system.dispatch('pull', 'evil');
  agent.send('command.rejected', { id: rejected, code: 'storage_full', message: EVIL });
  await system.command(rejected);
  agent.heartbeat({ running });
  await waitFor('the running one', async () => (await system.api.host('evil')).report?.running, Boolean);
});
test.after(async () => {
  await agent.close();
  await system.close();
});

const LINES = ['hosts', 'show evil', 'commands', 'events', 'attention', 'run pull --on evil', 'kill evil --yes'];
const lines = () => [...LINES, `show ${id}`, `show ${id} --watch`];

test('in a pipe nothing that a host said acts, nor begins a line of its own', async () => {
  for (const line of lines()) {
    const { out, err } = await run(system, line);
    assert.not.match(out, ACTS, line);
    assert.not.match(err, ACTS, line);
    for (const text of [...out.split('\n'), ...err.split('\n')]) assert.not.ok(text.startsWith('web1 ok'), line);
  }
});

test('a unit that had failed before is told apart from one that fails now', async () => {
  const { out } = await run(system, `show ${id}`);
  assert.match(out, /^ {2}✕ unit .* failed$/m);
  assert.match(out, /^ {2}· unit .* had failed before, and still fails$/m);
});

test('JSON escapes what could act, and says what the host said', async () => {
  for (const line of lines()) {
    if (line.startsWith('kill')) continue;
    const { out } = await run(system, `${line} --json`);
    assert.not.match(out, ACTS, line);
    for (const text of out.trim().split('\n')) JSON.parse(text);
  }
  const { out } = await run(system, 'show evil --json');
  assert.is(JSON.parse(out).os.name, EVIL);
});

test('on a terminal nothing of it acts either', async () => {
  for (const line of lines()) {
    const { out } = await startOnTerminal(system, line).ended;
    assert.not.match(out.replaceAll(OURS, '').replaceAll('\r', ''), ACTS, line);
  }
});

test('logs are bytes in a pipe; on a terminal they keep their colours and nothing else that acts', async () => {
  const stored = await fetch(`${system.coordinator.address}/api/commands/${id}/output`, {
    headers: { authorization: `Bearer ${readFileSync(system.coordinator.tokenFile, 'utf8').trim()}` },
  });
  const bytes = await stored.text();
  assert.is((await run(system, `logs ${id}`)).out, bytes);
  const { out } = await startOnTerminal(system, `logs ${id}`).ended;
  assert.ok(out.includes('\u001b[32mgreen\u001b[0m'), JSON.stringify(out));
  assert.not.match(out.replaceAll(OURS, '').replaceAll('\r', ''), ACTS);
});

test.run();
