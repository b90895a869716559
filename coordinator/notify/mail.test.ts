import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Receiver } from '../../shared/model/notify.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createDeliver, secretFault } from './deliver.ts';
import { startMailReceiver } from './fixtures/mail-receiver.ts';
import { receiverWith } from './fixtures/receivers.ts';
import { createScene, sampleMessage, to } from './fixtures/scene.ts';

/** Mail to a real server on loopback, and the handling of secrets. */

const scene = createScene();
const { secretFile, receiver } = scene;
test.after.each(scene.end);
test.after(scene.remove);

test("a mail carries its message's id, and the server's codes decide", async () => {
  const password = 'hidden-password';
  const server = await startMailReceiver(password);
  scene.closes(server.close);
  const lines = `kind = "email"\nurl = "${server.url}"\nfrom = "fleet@example.com"\nto = ["a@example.com", "b@example.com"]\nuser = "fleet"`;
  const mail = `${lines}\nsecretFile = "${secretFile('password', password)}"`;
  assert.equal(await createDeliver(to(mail))(sampleMessage), { kind: 'delivered' });
  const [got] = server.received;
  assert.equal([got?.user, got?.to], ['fleet', ['a@example.com', 'b@example.com']]);
  for (const line of [
    `Message-ID: <${sampleMessage.id}@switchyard>`,
    'Subject: web1: Lost',
    'Auto-Submitted: auto-generated',
  ])
    assert.ok(got?.text.includes(`${line}\r\n`), `${line} in ${got?.text}`);
  server.state.refuse = 451;
  const where = new URL(server.url).host;
  assert.equal(await createDeliver(to(mail))(sampleMessage), {
    kind: 'failed',
    message: `the mail server ${where} answered 451`,
    final: false,
    retryAfterMs: null,
  });
  server.state.refuse = 554;
  assert.equal(await createDeliver(to(mail))(sampleMessage), {
    kind: 'failed',
    message: `the mail server ${where} answered 554`,
    final: true,
    retryAfterMs: null,
  });
  const wrong = `${lines}\nsecretFile = "${secretFile('wrong', 'wrong-password')}"`;
  assert.equal(await createDeliver(to(wrong))(sampleMessage), {
    kind: 'failed',
    message: `the mail server ${where} answered 535`,
    final: true,
    retryAfterMs: null,
  });
});

test('a mail that some recipients did not get is not delivered, and a later try reaches only them', async () => {
  const server = await startMailReceiver('unused');
  scene.closes(server.close);
  const where = new URL(server.url).host;
  const lines = `kind = "email"\nurl = "${server.url}"\nfrom = "Fleet <a@b.c>"\nto = ["One <one@x.example>", "two@x.example", "three@x.example"]`;
  const deliver = createDeliver(to(lines));
  const toEach = () => server.received.map((mail) => mail.to.join());
  server.state.refuseTo = { 'one@x.example': 450, 'three@x.example': 550 };
  assert.equal(await deliver(sampleMessage), {
    kind: 'failed',
    message: `the mail server ${where} refused 2 of 3 recipients: one@x.example (450), three@x.example (550)`,
    final: false,
    retryAfterMs: null,
  });
  server.state.refuseTo = { 'one@x.example': 450 };
  await deliver(sampleMessage);
  assert.equal(toEach(), ['two@x.example', 'three@x.example']);
  server.state.refuseTo = {};
  assert.equal(await deliver(sampleMessage), { kind: 'delivered' });
  assert.equal(toEach(), ['two@x.example', 'three@x.example', 'one@x.example']);
  assert.match(server.received.at(-1)?.text ?? '', /^To: One <one@x.example>, two@x.example/m);

  const another = { ...sampleMessage, id: '00000000-0000-4000-8000-000000000078' };
  server.state.refuseTo = { 'two@x.example': 550 };
  assert.equal(await deliver(another), {
    kind: 'failed',
    message: `the mail server ${where} refused 1 of 3 recipients: two@x.example (550)`,
    final: true,
    retryAfterMs: null,
  });
});

test('a silent mail server is given up after a minute', async () => {
  // It accepts the connection and says nothing.
  const { createServer } = await import('node:net');
  const silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  scene.closes(() => new Promise((resolve) => silent.close(resolve)));
  const { port } = silent.address() as { port: number };
  const clock = createFakeClock();
  const lines = `kind = "email"\nurl = "smtp://127.0.0.1:${port}"\nfrom = "a@b.c"\nto = ["d@e.f"]`;
  const outcome = createDeliver(to(lines, clock))(sampleMessage);
  await waitFor(
    'a connection',
    () => new Promise((resolve) => silent.getConnections((_, count) => resolve(count === 1))),
  );
  for (let seconds = 0; seconds < 61; seconds++) clock.advance(1_000);
  assert.match(JSON.stringify(await outcome), /could not be used: /);
});

test('no secret is in the store, the log, an answer or an error', async () => {
  const secrets = {
    key: 'hidden-key-1',
    topic: 'hidden-token-2',
    path: 'hidden-path-3',
    password: 'hidden-password-4',
  };
  const echo = await receiver(({ headers, url }, response) => {
    response.writeHead(400, `${url} ${headers.authorization}`).end(`${url} ${headers.authorization}`);
  });
  const mail = await startMailReceiver('another');
  scene.closes(mail.close);
  const app = await scene.app(
    `name = "hook"\nkind = "webhook"\nurl = "${echo.url}/h"\nsecretFile = "${secretFile('k1', secrets.key)}"\nevents = ["info"]\ndigestMs = 0`,
    `name = "phone"\nkind = "ntfy"\nurl = "${echo.url}/t"\nsecretFile = "${secretFile('k2', secrets.topic)}"\nevents = ["info"]\ndigestMs = 0`,
    `name = "chat"\nkind = "slack"\nsecretFile = "${secretFile('k3', `${echo.url}/${secrets.path}`)}"\nevents = ["info"]\ndigestMs = 0`,
    `name = "gone"\nkind = "slack"\nsecretFile = "${secretFile('k5', `http://127.0.0.1:1/${secrets.path}`)}"\nevents = ["info"]\ndigestMs = 0`,
    `name = "mail"\nkind = "email"\nurl = "${mail.url}"\nfrom = "a@b.c"\nto = ["d@e.f"]\nuser = "me"\nsecretFile = "${secretFile('k4', secrets.password)}"\nevents = ["info"]\ndigestMs = 0`,
  );
  await app.addHost('web1');
  await waitFor('each receiver has failed', async () => {
    const all = (await app.request('GET', '/api/notify')).body as Receiver[];
    return all.every(({ lastError }) => lastError !== null);
  });
  const answers = await Promise.all(
    ['/api/notify', '/api/attention', '/api/events'].map(async (url) => (await app.request('GET', url)).text),
  );
  const tests = await Promise.all(
    ['hook', 'phone', 'chat', 'gone', 'mail'].map(
      async (name) => (await app.request('POST', `/api/notify/${name}/test`)).text,
    ),
  );
  const files = readdirSync(app.dataDir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(app.dataDir, name), 'latin1'));
  assert.ok(files.join().includes('HTTP 400'), 'the failure is stored');
  for (const secret of Object.values(secrets))
    for (const text of [...answers, ...tests, ...files, ...app.logged])
      assert.not.ok(text.includes(secret), `${secret} in ${text.slice(0, 500)}`);
});

test('an unreadable secret is a fault at the start and a failure later, and is never quoted', async () => {
  const missing = receiverWith(`secretFile = "${join(scene.folder, 'missing')}"`);
  assert.is(
    await secretFault(missing),
    `notify ops: secretFile ${join(scene.folder, 'missing')} cannot be read (ENOENT)`,
  );
  const two = secretFile('two', 'one\ntwo');
  assert.is(
    await secretFault(receiverWith(`secretFile = "${two}"`)),
    `notify ops: secretFile ${two} must hold one line of visible ASCII characters`,
  );
  const noUrl = to(`kind = "slack"\nsecretFile = "${secretFile('nourl', 'not-a-url')}"`).receiver;
  assert.match(String(await secretFault(noUrl)), /nourl must hold an https:\/\/ or http:\/\/ URL$/);
  const outcome = await createDeliver({ ...to('kind = "slack"\nsecretFile = "/x"'), receiver: missing })(sampleMessage);
  assert.match(JSON.stringify(outcome), 'cannot be read (ENOENT)');
});

test.run();
