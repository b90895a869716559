import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { AttentionItem } from '../../shared/model/attention.ts';
import { Command } from '../../shared/model/command.ts';
import { Dispatch, DispatchAnswer } from '../../shared/model/dispatch.ts';
import { Event } from '../../shared/model/event.ts';
import { Host } from '../../shared/model/host.ts';
import { Target } from '../../shared/model/target.ts';
import { type System, startSystem } from '../harness/system.ts';
import { run, startRun, startShell } from './fixtures/command-line.ts';

let system: System;
let bytes: Buffer;

test.before(async () => {
  system = await startSystem();
  bytes = randomBytes(300_000);
  const file = join(system.dir, 'bytes');
  writeFileSync(file, bytes);
  const ops = {
    greet: 'echo hello',
    fail: 'exit 3',
    pull: 'echo pulled',
    colourful: "printf '\\033[31mred\\033[0m\\n'",
    raw: `cat ${file}`,
    steps: 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i; sleep 0.5; done',
    slow: 'while :; do sleep 0.1; done',
  };
  await system.addHost('web1', { ops });
  await system.addHost('away', { starts: false });
});
test.after(() => system.close());

const List = (item: TSchema) => Type.Object({ items: Type.Array(item), next: Type.Unknown() });

function fits(schema: TSchema, text: string): void {
  const value = JSON.parse(text);
  const validator = Compile(schema);
  if (!validator.Check(value)) throw new Error(JSON.stringify(validator.Errors(value)[0]));
}

test('in a pipe there are no escape bytes, whatever a host says', async () => {
  await run(system, 'run colourful --on web1');
  await run(system, 'run fail --on web1,away');
  for (const line of [
    'hosts',
    'commands',
    'events',
    'attention',
    'target',
    'show web1',
    'run greet --on web1',
    '--help',
  ]) {
    const { out, err } = await run(system, line, { FORCE_COLOR: '1' });
    assert.not.ok(`${out}${err}`.includes('\u001b'), line);
  }
});

test('a watched run is one timestamped line a transition: ends on stdout, what goes before on stderr', async () => {
  const { out, err } = await run(system, 'run greet --on web1,away');
  const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00`;
  assert.match(out, new RegExp(`^${stamp} ▲ away greet BLOCKED host_offline: .+$`, 'm'));
  assert.match(out, new RegExp(`^${stamp} ✓ web1 greet SUCCESS 0:0\\d$`, 'm'));
  assert.is(out.trimEnd().split('\n').length, 2);
  assert.match(err, new RegExp(`^${stamp} ◐ web1 greet (PENDING|EXECUTING)`, 'm'));
  assert.match(err, /^1 succeeded, 1 blocked$/m);
  assert.match((await run(system, 'run greet --on web1 --utc')).out, /^\S+T\S+Z ✓/);
});

test('--json prints the objects of the API', async () => {
  await run(system, 'run pull --on web1');
  fits(List(Host), (await run(system, 'hosts --json')).out);
  fits(List(Command), (await run(system, 'commands --json --on web1 --limit 2')).out);
  fits(List(Event), (await run(system, 'events --json')).out);
  fits(List(Event), (await run(system, 'events --json --on web1 --level info --limit 3')).out);
  fits(Type.Array(AttentionItem), (await run(system, 'attention --json')).out);
  fits(Target, (await run(system, 'target --json')).out);
  fits(Target, (await run(system, 'target --refresh --json')).out);
  fits(Host, (await run(system, 'show web1 --json')).out);
  const { out } = await run(system, 'run greet --on web1 --detach --json');
  fits(DispatchAnswer, out);
  const { dispatchId, results } = JSON.parse(out);
  fits(
    Type.Object({ ...Dispatch.properties, commands: Type.Array(Command) }),
    (await run(system, `show ${dispatchId} --json`)).out,
  );
  await system.command(results[0].commandId);
  fits(CommandView, (await run(system, `show ${results[0].commandId} --json`)).out);
});

test('events are the last that fit, oldest first; next is where earlier ones are', async () => {
  await run(system, 'run greet --on web1,away');
  const all = await system.api.events('?limit=500');
  const last = async (line: string): Promise<{ items: Event[]; next: number | null }> =>
    JSON.parse((await run(system, `events --json ${line}`)).out);
  assert.equal(await last('--limit 2'), { items: all.slice(-2), next: all.at(-2)?.id });
  assert.equal(await last(`--limit 9 --after ${all.at(-3)?.id}`), { items: all.slice(-2), next: null });
  const away = await system.api.host('away');
  const ofAway = all.filter(({ hostId }) => hostId === away.id);
  assert.equal((await last('--limit 1 --on away')).items, ofAway.slice(-1));
  const ofBoth = all.filter(({ hostId }) => hostId !== null);
  assert.equal(await last('--limit 500 --on away,web1'), { items: ofBoth, next: null });
  assert.is((await run(system, 'events --limit 3')).out.trimEnd().split('\n').length, 3);
});

test('run --json streams commands, one a line, the last of each is its end', async () => {
  const { out } = await run(system, 'run greet --on web1,away --json');
  const lines = out.trimEnd().split('\n');
  for (const line of lines) fits(Command, line);
  const last = new Map(lines.map((line) => JSON.parse(line)).map(({ id, status }) => [id, status]));
  assert.equal([...last.values()].sort(), ['BLOCKED', 'SUCCESS']);
});

test('a host is registered, given a new token and removed: the token alone is on stdout', async () => {
  const added = await run(system, 'host add web9 --tag web');
  assert.match(added.out, /^[\w-]{40,}\n$/);
  assert.equal((await system.api.host('web9')).tags, ['web']);
  const rotated = await run(system, 'host token web9 --json');
  assert.equal(Object.keys(JSON.parse(rotated.out)), ['token']);
  assert.is((await run(system, 'host add web9')).status, 1);
  assert.is((await run(system, 'host rm web9')).status, 2);
  assert.is((await run(system, 'host rm web9 --yes')).status, 0);
  assert.is((await run(system, 'show web9')).status, 2);
});

test('logs are the bytes, and follow until the end across a restart of the coordinator', async () => {
  const id = await system.dispatch('raw', 'web1');
  await system.command(id);
  const shell = await startShell(
    system,
    `switchyard logs ${id} | sha256sum; switchyard logs ${id} --offset 299990 | wc -c`,
  ).ended;
  const hash = await startShell(system, `sha256sum < ${join(system.dir, 'bytes')}`).ended;
  assert.is(shell.out, `${hash.out}10\n`);

  await system.dispatch('steps', 'web1');
  const following = startRun(system, 'logs web1 --follow');
  await waitFor('output', () => following.soFar.out.includes('3\n'));
  await system.coordinator.kill('SIGKILL');
  await system.coordinator.start();
  const { out, status } = await following.ended;
  assert.is(out, '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n');
  assert.is(status, 0);
});

test('a watch goes on while the coordinator restarts under it', async () => {
  const watching = startRun(system, 'run steps --on web1');
  await waitFor('it runs', () => watching.soFar.err.includes('EXECUTING'));
  await system.coordinator.kill('SIGKILL');
  await system.coordinator.start();
  const { out, err, status } = await watching.ended;
  assert.is(status, 0);
  assert.match(out, /✓ web1 steps SUCCESS/);
  assert.match(err, /\nno connection; trying again\nconnected again\n/);
});

test('events and hosts stream as NDJSON while one watches', async () => {
  const events = startRun(system, 'events --watch --json --limit 1');
  const hosts = startRun(system, 'hosts --watch --json');
  await waitFor('a first event', () => events.soFar.out !== '');
  const id = await system.dispatch('greet', 'web1');
  await system.command(id);
  await waitFor('its end', () => events.soFar.out.includes(id) && /success/.test(events.soFar.out));
  await waitFor('its host', () => hosts.soFar.out.includes('\n'));
  for (const watching of [events, hosts]) {
    watching.child.kill('SIGINT');
    assert.is((await watching.ended).status, 130);
  }
  const ids = events.soFar.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  assert.equal(
    ids,
    [...new Set(ids)].sort((one, other) => one - other),
    'each once, in order',
  );
  for (const line of hosts.soFar.out.trimEnd().split('\n')) fits(Host, line);
});

test('kill, cancel and answer do what they say, and name what they meant', async () => {
  const id = await system.dispatch('slow', 'web1');
  await system.command(id, ({ status }) => status === 'EXECUTING');
  const refused = await run(system, 'kill --on web1');
  assert.is(refused.status, 2);
  assert.match(refused.err, /Kill slow on web1 \(pid \d+\)\?/);
  assert.is((await run(system, 'answer web1 ignore')).status, 1, 'it does not ask');
  assert.is((await run(system, `kill ${id} --yes`)).status, 0);
  assert.is((await system.command(id)).status, 'KILLED');
  await run(system, 'run greet --on away --queue 1h --detach');
  assert.is((await run(system, 'cancel --on away')).status, 0);
  assert.is((await system.api.commands('?host=away&op=greet&limit=1'))[0]?.status, 'CANCELLED');
});

test('a reader that stops reading gets no error', async () => {
  const { ended } = startShell(system, 'set -o pipefail; switchyard events --watch --limit 100 | head -1');
  const left = ended.then(() => true);
  // A pipe without a reader is noticed at the next line, so there has to be one.
  await waitFor('its end at the next event', async () => {
    await run(system, 'run greet --on away --detach');
    return Promise.race([left, Promise.resolve(false)]);
  });
  const shell = await ended;
  assert.is(shell.err, '');
  assert.is(shell.out.trimEnd().split('\n').length, 1);
  assert.is(shell.status, 141);
});

test.run();
