import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashToken } from '../../coordinator/auth/tokens.ts';
import { startHttpReceiver } from '../../coordinator/notify/fixtures/http-receiver.ts';
import { openStore } from '../../coordinator/store/sqlite/store.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import type { NotifyMessage, Receiver } from '../../shared/model/notify.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';

/** A receiver hangs while more notices come than may wait for it: nothing else is held up, and memory and store stay bounded. */

const HOSTS = 500;
const ROUNDS = 24;
const KEY = 'the-key-of-the-hook';
const dir = makeFolder('switchyard-slow-notices-');
let coordinator: Coordinator;
let isHung = true;
const held: (() => void)[] = [];
const hung = await startHttpReceiver((_, response) => {
  if (isHung) held.push(() => void response.end());
  else response.end();
});
const quick = await startHttpReceiver();

test.before(async () => {
  writeFileSync(join(dir, 'key'), KEY);
  const store = openStore({ dataDir: join(dir, 'data') });
  store.transaction(() => {
    for (let number = 0; number < HOSTS; number++)
      store.hosts.create({
        id: newId(),
        name: `host-${number}`,
        tags: [],
        tokenHash: hashToken(`${number}`),
        createdAt: 1,
      });
  });
  store.close();
  const table = (name: string, url: string, more: string) =>
    `[[notify]]\nname = "${name}"\nkind = "webhook"\nurl = "${url}"\nsecretFile = "${join(dir, 'key')}"\n${more}\n`;
  coordinator = await startCoordinator({
    dir,
    env: {},
    config: `${table('hung', hung.url, 'events = ["warn"]\ndigestMs = 0')}${table('quick', quick.url, 'events = ["info"]\ndigestMs = 0')}`,
  });
});
test.after(async () => {
  await coordinator.stop();
  await Promise.all([hung.close(), quick.close()]);
  await clearFolder(dir);
});

async function receiver(name: string): Promise<Receiver> {
  const all = (await (await coordinator.api.send('/api/notify')).json()) as Receiver[];
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`no receiver ${name}`);
  return found;
}

const rssOf = (): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${coordinator.pid()}/status`, 'utf8'))?.[1]) * 1024;
const storeBytes = (): number => statSync(join(dir, 'data', 'switchyard.db')).size;

test('12,000 notices for a receiver that hangs: the rest of the fleet goes on, and the backlog is bounded', async () => {
  const hosts = Array.from({ length: HOSTS }, (_, number) => `host-${number}`);
  await coordinator.api.dispatch({ op: 'pull', hosts });
  const before = rssOf();
  // Each command is BLOCKED, since its host is offline: a warning.
  for (let round = 0; round < ROUNDS; round++) await coordinator.api.dispatch({ op: 'pull', hosts });
  const { waiting } = await receiver('hung');
  assert.is(waiting, 10_001);
  const grown = rssOf() - before;
  assert.ok(grown < 150 * 1024 * 1024, `${grown} bytes of memory for ${waiting} notices`);
  assert.ok(storeBytes() < 64 * 1024 * 1024, `${storeBytes()} bytes of store`);
  assert.ok((await hung.connections()) <= 1, 'one request at a time');
  await coordinator.api.addHost('another');
  await waitFor('the other receiver', () => quick.received.some(({ body }) => body.includes('another')));
});

test('once it answers it gets the backlog in order, and hears that more was dropped', async () => {
  isHung = false;
  const config = join(dir, 'config.toml');
  // One message for each would take minutes of a slow receiver; a restart may change that.
  writeFileSync(config, readFileSync(config, 'utf8').replace('["warn"]\ndigestMs = 0', '["warn"]\ndigestMs = 100'));
  await coordinator.kill('SIGKILL');
  await coordinator.start();
  await waitFor(
    'an empty outbox',
    () => receiver('hung'),
    ({ waiting }) => waiting === 0,
  );
  const messages = hung.received.map(({ body }): NotifyMessage => JSON.parse(body));
  assert.is(messages[1]?.id, messages[0]?.id, 'the message under way is tried again');
  const once = new Map(messages.map((message) => [message.id, message]));
  for (const message of messages) assert.equal(message, once.get(message.id), 'each try is the same');
  const notices = [...once.values()].flatMap((message) => message.notices);
  assert.is(notices.length, 10_001);
  assert.is(new Set(notices.map(({ id }) => id)).size, notices.length);
  assert.equal([notices.at(-1)?.kind, notices.at(-2)?.kind], ['omitted', 'event']);
  const times = notices.map(({ at }) => at);
  assert.equal(times, [...times].sort(), 'in order');
  assert.ok(messages.every((message) => message.notices.length <= 500));
});

test.run();
