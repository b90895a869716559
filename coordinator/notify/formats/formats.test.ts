import { createHmac } from 'node:crypto';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NotifyMessage } from '../../../shared/model/notify.ts';
import { receiverWith, sampleNotice } from '../fixtures/receivers.ts';
import { FORMATS } from './formats.ts';
import { linesOf, messageOf } from './message.ts';

const ID = '00000000-0000-4000-8000-000000000077';
const PUBLIC = 'https://fleet.example.com';
const one = messageOf({ id: ID, receiver: 'ops', publicUrl: PUBLIC }, [sampleNotice()]);
const many = messageOf(
  { id: ID, receiver: 'ops', publicUrl: PUBLIC },
  Array.from({ length: 30 }, (_, index) =>
    sampleNotice({ host: `web${index}`, at: index, ...(index % 3 === 0 && { kind: 'timed_out', level: 'warn' }) }),
  ),
);
const call = (kind: keyof typeof FORMATS, message = one, secret: string | null = 'the-secret') =>
  FORMATS[kind]({
    message,
    receiver: { ...receiverWith(), room: '!room/a:m.example' },
    url: new URL('https://r.example/path'),
    secret,
    at: 1_700_000_123_456,
  });

test("a message's title names its subject, and each line links to its page", () => {
  assert.is(one.title, 'web1: Lost');
  assert.is(one.notices[0]?.link, `${PUBLIC}/commands/00000000-0000-4000-8000-00000000000b`);
  assert.is(many.title, '30 notices: 10 × Timed out, 20 × Lost');
  assert.is(many.at, 29);
  const links = [
    sampleNotice({ commandId: null }),
    sampleNotice({ commandId: null, hostId: null, host: null, rolloutId: ID }),
    sampleNotice({ commandId: null, hostId: null, host: null }),
  ].map((notice) => messageOf({ id: ID, receiver: 'ops', publicUrl: PUBLIC }, [notice]).notices[0]?.link);
  assert.equal(links, [`${PUBLIC}/hosts/web1`, `${PUBLIC}/rollouts/${ID}`, PUBLIC]);
  assert.is(messageOf({ id: ID, receiver: 'ops', publicUrl: null }, [sampleNotice()]).notices[0]?.link, null);
});

test('people see the first notices of a burst and the number of the rest', () => {
  const lines = linesOf(many);
  assert.is(lines.length, 21);
  assert.is(lines[0]?.text, 'web0: pull ended LOST: its state is gone');
  assert.is(lines.at(-1)?.text, 'and 10 more');
});

test('a webhook gets the whole message in its schema, signed with the time', () => {
  const { method, headers, body = '' } = call('webhook', many);
  assert.is(method, 'POST');
  assert.ok(Compile(NotifyMessage).Check(JSON.parse(body)));
  assert.is(JSON.parse(body).notices.length, 30);
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['x-switchyard-signature'] ?? '') ?? [];
  assert.is(t, '1700000123');
  assert.is(v1, createHmac('sha256', 'the-secret').update(`1700000123.${body}`).digest('hex'));
});

test('ntfy gets text with a title in ASCII', () => {
  const { url, headers, body } = call('ntfy');
  assert.is(url.href, 'https://r.example/path');
  assert.equal(
    [headers.title, headers.priority, headers.authorization, body],
    ['web1: Lost', '4', 'Bearer the-secret', 'web1: pull ended LOST: its state is gone'],
  );
  assert.match(String(call('ntfy', many).headers.title), /^=\?UTF-8\?B\?[A-Za-z0-9+/=]+\?=$/);
  assert.not.ok('authorization' in call('ntfy', one, null).headers);
  const long = messageOf({ id: ID, receiver: 'ops', publicUrl: null }, [sampleNotice({ message: 'ü'.repeat(4_000) })]);
  const cut = Buffer.from(call('ntfy', long).body ?? '');
  assert.ok(cut.length < 4_096 && cut.toString().endsWith('ü…'), String(cut.length));
});

test("a host's words do not act in Slack and Matrix", () => {
  const message = messageOf({ id: ID, receiver: 'ops', publicUrl: PUBLIC }, [
    sampleNotice({
      message: '<!channel> <script>alert(1)</script> & "quoted"',
      host: null,
      commandId: null,
      hostId: null,
    }),
  ]);
  const { text } = JSON.parse(call('slack', message).body ?? '');
  assert.is(text, `*Lost*\n• &lt;!channel&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp; "quoted" <${PUBLIC}|open>`);
  const { formatted_body } = JSON.parse(call('matrix', message).body ?? '');
  assert.is(
    formatted_body,
    `<b>Lost</b><ul><li><a href="${PUBLIC}">&lt;!channel&gt; &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;</a></li></ul>`,
  );
});

test("Matrix gets the message's id as the transaction id", () => {
  const { url, method, headers, body = '' } = call('matrix');
  assert.is(method, 'PUT');
  assert.is(url.href, `https://r.example/path/_matrix/client/v3/rooms/!room%2Fa%3Am.example/send/m.room.message/${ID}`);
  assert.is(headers.authorization, 'Bearer the-secret');
  assert.is(JSON.parse(body).body, `web1: Lost\n- web1: pull ended LOST: its state is gone ${one.notices[0]?.link}`);
});

test.run();
