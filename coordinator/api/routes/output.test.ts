import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import type { FakeAgent } from '../../fixtures/fake-agent.ts';
import { connectFeed } from '../../fixtures/feed-client.ts';
import { ADMIN_TOKEN, startTestApp, type TestApp } from '../../fixtures/test-app.ts';
import { sampleExit } from '../../lifecycle/fixtures/sample.ts';

let app: TestApp;
let agent: FakeAgent;
let id: string;
test.before.each(async () => {
  app = await startTestApp({ config: '[limits]\noutputBytes = 1000' });
  agent = await app.connect((await app.addHost('web1')).token);
  await app.dispatch({ op: 'check-version', hosts: ['web1'] });
  ({ id } = await agent.next('command.run'));
  agent.send('command.accepted', { id });
});
test.after.each(() => app.close());

const write = async (offset: number, text: string): Promise<void> => {
  agent.output(id, offset, text);
  await agent.next('command.output.ack');
};

const exit = async (outputBytes: number): Promise<void> => {
  agent.send('command.exited', sampleExit(id, { outputBytes }));
  await agent.next('command.exited.ack');
};

const read = (query = '') => app.request('GET', `/api/commands/${id}/output${query}`);

/** The three headers: bytes held, bytes known to exist, whether more will come. */
const stand = async () => {
  const { headers } = await read();
  return ['bytes', 'total', 'arrival'].map((name) => headers[`x-output-${name}`]).join(' ');
};

/** Follows over a real connection; `text()` is the text so far, `ended` resolves at the end of the answer. */
async function follow(query = '') {
  const url = `${await app.listen()}/api/commands/${id}/output?follow=true${query}`;
  const request = httpRequest(url, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  request.on('error', () => {});
  const response = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve).end());
  let text = '';
  response.on('data', (piece) => {
    text += piece;
  });
  response.on('error', () => {});
  const ended = new Promise<string>((resolve) => response.once('close', () => resolve(text)));
  return { response, ended, text: () => text, leave: () => request.destroy() };
}

test('output is served as bytes, from any offset and up to any length', async () => {
  await write(0, 'one\ntwo\n\u0000\u001b[31m<b>');
  const whole = await read();
  assert.is(whole.text, 'one\ntwo\n\u0000\u001b[31m<b>');
  assert.is(whole.headers['content-type'], 'application/octet-stream');
  assert.is(whole.headers['x-output-bytes'], '17');
  assert.is(whole.headers['content-length'], '17');
  assert.match(String(whole.headers['content-disposition']), /^attachment/);
  assert.is((await read('?offset=4&limit=3')).text, 'two');
  assert.is((await read('?offset=16')).text, '>');
  const beyond = await read('?offset=17');
  assert.equal([beyond.status, beyond.text, beyond.headers['x-output-bytes']], [200, '', '17']);
  assert.is((await read('?limit=0')).text, '');
});

test('the output of a command without any is empty', async () => {
  const empty = await read();
  assert.equal([empty.status, empty.text, empty.headers['x-output-bytes']], [200, '', '0']);
});

test('following serves the held output, then new bytes, and ends with the command', async () => {
  await write(0, 'one\n');
  const followed = await follow();
  await waitFor('what is there', () => followed.text() === 'one\n');
  await write(4, 'two\n');
  await waitFor('what comes', () => followed.text() === 'one\ntwo\n');
  await exit(8);
  assert.is(await followed.ended, 'one\ntwo\n');
});

test('bytes, index and search say how much is held, how much exists, and whether more will come', async () => {
  await write(0, 'one\n');
  assert.is(await stand(), '4 4 growing');
  await exit(12);
  assert.is(await stand(), '4 12 arriving');
  const index = await app.request('GET', `/api/commands/${id}/output/index`);
  const { bytes, total, arrival } = index.body as { bytes: number; total: number; arrival: string };
  assert.equal([bytes, total, arrival], [4, 12, 'arriving']);
  const search = await app.request('GET', `/api/commands/${id}/output/search?q=two`);
  assert.equal(search.body, { matches: [], next: null, bytes: 4, total: 12, arrival: 'arriving' });
  await write(4, 'two\nend\n');
  assert.is(await stand(), '12 12 whole');
});

test('on the live feed, a character cut by a result that overtook its output waits for its rest', async () => {
  await exit(4);
  await write(0, 'a');
  const feed = connectFeed({
    url: `${(await app.listen()).replace('http', 'ws')}/ws/dashboard`,
    options: { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } },
  });
  await waitFor('its state', () => feed.state !== null);
  feed.send({ type: 'subscribe_output', commandId: id, offset: 0 });
  const came = () => feed.frames.flatMap((frame) => (frame.type === 'output' ? [frame.data] : []));
  await waitFor('what is there', () => came().length === 1);
  const bytes = Buffer.from('aéb');
  for (const [from, to] of [
    [1, 2],
    [2, 4],
  ] as const) {
    agent.output(id, from, bytes.subarray(from, to));
    await agent.next('command.output.ack');
  }
  await waitFor('all of it', () => came().join('').length >= 3);
  assert.is(came().join(''), 'aéb');
  feed.socket.terminate();
});

test('the rest may come from an offline host, but not from one that came back without it or was removed', async () => {
  await write(0, 'one\n');
  await exit(12);
  await agent.close();
  await waitFor('its going', async () => (await stand()) === '4 12 away');
  const { hostId } = await app.command(id);
  const { token } = (await app.request('POST', `/api/hosts/${hostId}/token`)).body as { token: string };
  const kept = {
    id,
    op: 'check-version',
    state: 'exited' as const,
    exitCode: 0,
    outputBytes: 12,
    startedAt: 1,
    phase: null,
  };
  agent = await app.connect(token, { hello: { commands: [kept] } });
  assert.is(await stand(), '4 12 arriving');
  await agent.close();
  agent = await app.connect(token);
  assert.is(await stand(), '4 12 lost');
  assert.is(await (await follow()).ended, 'one\n');
  await app.request('DELETE', `/api/hosts/${hostId}`);
  assert.is(await stand(), '4 12 lost');
});

test('a result that overtakes its output does not cut it off', async () => {
  const followed = await follow('&offset=2');
  await write(0, 'one\n');
  await exit(12);
  assert.is((await app.command(id)).status, 'SUCCESS');
  await write(4, 'two\n');
  await write(8, 'end\n');
  assert.is(await followed.ended, 'e\ntwo\nend\n');
});

test('following ends when the host that has the rest is gone', async () => {
  const followed = await follow();
  await write(0, 'one\n');
  await exit(12);
  await agent.close();
  assert.is(await followed.ended, 'one\n');
});

test('following an ended command ends at once, or at its limit', async () => {
  await write(0, 'one\n');
  assert.is(await (await follow('&limit=3')).ended, 'one');
  await exit(4);
  assert.is(await (await follow()).ended, 'one\n');
});

test('following ends when its command is no longer tracked', async () => {
  const followed = await follow();
  await write(0, 'one\n');
  await app.dispatch({ op: 'cancel', hosts: ['web1'] });
  assert.is(await followed.ended, 'one\n');
});

test('bytes past the limit are not awaited', async () => {
  const followed = await follow();
  await write(0, 'x'.repeat(1500));
  await exit(1500);
  assert.is((await followed.ended).length, 1000);
  assert.equal((await app.command(id)).output, { bytes: 1000, total: 1500, truncated: true });
  assert.is(await stand(), '1000 1500 cut');
});

test('a follower that leaves is forgotten, and the coordinator stops even while others follow', async () => {
  const leaver = await follow();
  const stayer = await follow();
  await write(0, 'one\n');
  await waitFor('output', () => leaver.text() === 'one\n' && stayer.text() === 'one\n');
  leaver.leave();
  await leaver.ended;
  const { dataDir } = app;
  await app.stop();
  assert.is(await stayer.ended, 'one\n');
  app = await startTestApp({ dataDir });
});

test('the whole output is searched, match by match', async () => {
  await write(0, 'building\nerror: no space\nbuilding\nERROR again\n');
  const all = { bytes: 46, total: 46, arrival: 'growing' };
  const search = async (query: string) => (await app.request('GET', `/api/commands/${id}/output/search?${query}`)).body;
  assert.equal(await search('q=error&limit=1'), {
    matches: [{ offset: 9, line: 2, text: 'error: no space' }],
    next: 34,
    ...all,
  });
  assert.equal(await search('q=error&from=34'), {
    matches: [{ offset: 34, line: 4, text: 'ERROR again' }],
    next: null,
    ...all,
  });
  assert.equal(await search('q=nowhere'), { matches: [], next: null, ...all });
  for (const wrong of ['', 'q=error&errors=true'])
    assert.is((await app.request('GET', `/api/commands/${id}/output/search?${wrong}`)).status, 400, wrong);
});

test('the index gives bytes, lines and the times of their arrival', async () => {
  const before = Date.now();
  await write(0, 'one\ntwo\nthree');
  const { body } = await app.request('GET', `/api/commands/${id}/output/index`);
  const { bytes, lines, marks } = body as {
    bytes: number;
    lines: number;
    marks: { offset: number; line: number; at: number }[];
  };
  assert.equal([bytes, lines, marks.length], [13, 3, 1]);
  assert.equal([marks[0]?.offset, marks[0]?.line], [0, 1]);
  assert.ok((marks[0]?.at ?? 0) >= before);
});

test.run();
