import { stripVTControlCharacters } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { type System, startSystem } from '../harness/system.ts';
import { type Run, run, startOnTerminal } from './fixtures/command-line.ts';

let system: System;

const OPS = {
  greet: 'echo hello',
  asks: 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.2; done',
  slow: "printf '\\033]0;evil\\007\\033[32mgreen\\033[0m\\n'; while :; do sleep 0.1; done",
};

test.before(async () => {
  system = await startSystem({ config: '[ops.asks]\ntimeoutMs = 1500\n' });
  await system.addHost('web1', { ops: OPS });
  await system.addHost('web2', { ops: OPS });
  await system.addHost('mac1', { starts: false });
});
test.after(async () => {
  await run(system, 'kill --all --yes');
  await system.close();
});

/** The text that a person reads: no colours, no drawing. */
const text = ({ soFar }: Run): string => stripVTControlCharacters(soFar.out).replaceAll('\r', '');

const type = (running: Run, keys: string) => running.child.stdin?.write(keys);

const sees = (running: Run, pattern: RegExp) =>
  waitFor(
    `${pattern}`,
    () => text(running),
    (seen) => pattern.test(seen),
  );

test('a run as in docs/cli.md: what ended stays, what goes on is drawn, and a timeout is answered where it is seen', async () => {
  const running = startOnTerminal(system, 'run asks --on web1,mac1');
  await sees(running, /▲ mac1 BLOCKED {3}host_offline/);
  await sees(running, /◐ web1 EXECUTING 0:0\d/);
  await sees(running, /▲ web1 EXECUTING TIMED_OUT 0:0\d.*\n\[w\]ait 5m \[k\]ill \[s\]top tracking \[l\]ogs\? /);
  type(running, 'l');
  await sees(running, / {2}line 1\n/);
  type(running, 'w');
  await sees(running, /web1 waits, and asks again at \d\d:\d\d CES?T/);
  const [asked] = await system.api.commands('?host=web1&active=true');
  assert.is(asked?.timeoutStatus, 'NORMAL');
  assert.ok((asked?.extendedMs ?? 0) > 60_000);
  type(running, '\u0003');
  const { status } = await running.ended;
  assert.is(status, 130);
  assert.match(text(running), /Detached; it goes on: asks on web1/);
});

test('killing asks once more, naming what it ends; No is the default', async () => {
  await startOnTerminal(system, 'kill --on web1 --yes').ended;
  const running = startOnTerminal(system, 'run asks --on web1,web2');
  await sees(running, /web\d \(1 of 2\): \[w\]ait 5m/);
  type(running, 'k');
  await sees(running, /Kill asks on web1 \(pid \d+\)\? \[y\/N\]/);
  type(running, '\r');
  await sees(running, /Kill asks on web1 \(pid \d+\)\? \[y\/N\] n\n/);
  type(running, 'k\n');
  await sees(running, /ogs\? k\n[\s\S]*ogs\? k\n[\s\S]*Kill asks on web1 \(pid \d+\)\? \[y\/N\]/);
  type(running, 'y\n');
  await sees(running, /■ web1 KILLED {4}SIGTERM, gone in/);
  type(running, 's');
  await sees(
    running,
    /Stop tracking asks on web2\? It goes on, the host stays busy, and it is recorded as TIMEOUT \[y\/N\]/,
  );
  type(running, 'y');
  await sees(running, /✕ web2 TIMEOUT/);
  const { status } = await running.ended;
  assert.is(status, 1);
  assert.match(text(running), /1 timed out, 1 killed/);
  const [ignored] = await system.api.commands('?host=web2&op=asks&limit=1');
  assert.is((await run(system, `kill ${ignored?.id} --yes`)).status, 0, 'its process can still be killed');
});

test('an answered question is not asked again until the command asks again', async () => {
  const running = startOnTerminal(system, 'run asks --on web2');
  await sees(running, /\[w\]ait 5m/);
  type(running, 'w');
  await sees(running, /web2 waits, and asks again/);
  type(running, 'w');
  const [asked] = await system.api.commands('?host=web2&active=true');
  await system.command(asked?.id ?? '', ({ timeoutStatus }) => timeoutStatus === 'NORMAL');
  await sees(running, /asks again[\s\S]+EXECUTING 0:0\d/);
  assert.not.match(text(running), /answered first/);
  type(running, '\u0003');
  await running.ended;
  assert.is((await run(system, 'kill --on web2 --yes')).status, 0);
});

test('the first answer wins, and the others see the question go', async () => {
  const one = startOnTerminal(system, 'run asks --on web1');
  await sees(one, /\[w\]ait 5m/);
  type(one, 'k');
  await sees(one, /Kill asks on web1 .*\[y\/N\]/);
  const [asked] = await system.api.commands('?host=web1&active=true');
  await system.api.send(`/api/commands/${asked?.id}/timeout-action`, {
    method: 'POST',
    body: { action: 'wait', minutes: 5 },
  });
  await sees(one, /\[y\/N\] – no longer asked/);
  await sees(one, /web1: admin answered first: waits 5 min more/);
  type(one, '\u0003');
  await one.ended;
});

test('reboot, kill, removal and --all name their targets and do nothing without a y', async () => {
  const lines: [line: string, question: RegExp][] = [
    ['run reboot --on web1,web2', /Reboot web1, web2\? \[y\/N\]/],
    ['run greet --all', /Run greet on all 3 hosts: mac1, web1, web2\? \[y\/N\]/],
    ['kill --on web1', /Kill asks on web1 \(pid \d+\)\? \[y\/N\]/],
    ['host rm mac1', /Remove mac1\? The token stops working, .+ LOST\. \[y\/N\]/],
  ];
  const before = (await system.api.commands('?limit=1'))[0]?.id;
  for (const [line, question] of lines) {
    const running = startOnTerminal(system, line);
    await sees(running, question);
    type(running, line.includes('host') ? '\u0003' : '\n');
    const { status } = await running.ended;
    assert.is(status, line.includes('host') ? 130 : 5, line);
    assert.match(text(running), /nothing was done/);
  }
  assert.is((await system.api.commands('?limit=1'))[0]?.id, before);
});

test('a kill ends what was asked about, and not what began meanwhile on another of its hosts', async () => {
  await startOnTerminal(system, 'kill --on web1,web2 --yes').ended;
  const begin = async (host: string) => {
    const id = await system.dispatch('slow', host);
    await system.command(id, ({ status, pid }) => status === 'EXECUTING' && pid !== null);
    return id;
  };
  const asked = await begin('web1');
  const running = startOnTerminal(system, 'kill --on web1,web2');
  await sees(running, /Kill slow on web1 \(pid \d+\)\? \[y\/N\]/);
  const later = await begin('web2');
  type(running, 'y\n');
  assert.is((await running.ended).status, 5, 'on web2 there was nothing to kill');
  assert.is((await system.command(asked)).status, 'KILLED');
  assert.is((await system.api.command(later)).status, 'EXECUTING');
});

test('NO_COLOR takes the colours and leaves shapes and words', async () => {
  const coloured = await startOnTerminal(system, 'hosts').ended;
  assert.ok(coloured.out.includes('\u001b['));
  const { out } = await startOnTerminal(system, 'hosts', { NO_COLOR: '1' }).ended;
  assert.not.ok(out.includes('\u001b['));
  assert.match(out, /– mac1 +offline +never/);
});

test('logs on a terminal show colours and nothing else that acts', async () => {
  await startOnTerminal(system, 'kill --on web1,web2 --yes').ended;
  const id = await system.dispatch('slow', 'web2');
  await system.command(id, ({ output }) => output.bytes > 0);
  const following = startOnTerminal(system, 'logs web2');
  await waitFor('output', () => following.soFar.out.includes('green'));
  assert.ok(following.soFar.out.includes('\u001b[32mgreen'));
  assert.not.ok(following.soFar.out.includes('\u001b]0;'));
  type(following, '\u0003');
  assert.is((await following.ended).status, 130);
});

test('hosts --watch shows a change as it comes, and leaves what was last seen', async () => {
  const running = startOnTerminal(system, 'hosts --watch');
  await sees(running, /\? web1 +unknown +now/);
  await system.dispatch('asks', 'web1');
  await sees(running, /◐ web1 +working +now .+ asks EXECUTING 0:0\d/);
  type(running, '\u0003');
  assert.is((await running.ended).status, 130);
  assert.match(text(running), /HOST +STATE[\s\S]+web2[^\n]+\n$/);
});

test.run();
