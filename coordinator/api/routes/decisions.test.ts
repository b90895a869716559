import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListPage, Problem } from '../../../shared/api/resources.ts';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Event } from '../../../shared/model/event.ts';
import type { Host } from '../../../shared/model/host.ts';
import { guarding, guardOf, kept, oldActive, onTrial, undone } from '../../fixtures/guarded-host.ts';
import { putOnTrial } from '../../fixtures/on-trial.ts';
import { startTestApp, type TestApp } from '../../fixtures/test-app.ts';

let app: TestApp;
test.before(async () => {
  app = await startTestApp();
});
test.after(() => app.close());

const decide = async (id: string, word: 'keep' | 'undo') => {
  const { status, body } = await app.request('POST', `/api/commands/${id}/${word}`);
  return { status, command: body as Command, code: (body as Problem).code, detail: (body as Problem).detail };
};

const ended = (id: string) =>
  waitFor(
    'the end of the command',
    () => app.command(id),
    ({ finishedAt }) => finishedAt !== null,
  );

test('a keep by a person is sent to the host, whose report ends the command', async () => {
  const { id, agent, token } = await putOnTrial(app, 'web1');
  const { status, command } = await decide(id, 'keep');
  assert.is(status, 200);
  assert.is(command.status, 'AWAITING_POST_CHECK');
  assert.equal({ ...command.decision, at: 0 }, { word: 'keep', actor: 'admin', at: 0 });
  assert.equal(await agent.next('command.keep'), { id });
  const second = await decide(id, 'undo');
  assert.is(second.status, 409);
  assert.is(second.code, 'already_decided');
  assert.match(second.detail, /admin decided at .*: keep/);
  await agent.close();
  await app.connect(token, { hello: guarding({ report: kept(id) }) });
  const { status: end, message } = await ended(id);
  assert.is(end, 'SUCCESS', message ?? '');
  assert.is((await decide(id, 'undo')).code, 'already_decided');
  const { body } = await app.request('GET', `/api/events?command=${id}`);
  const told = (body as ListPage<Event, number>).items.find(
    ({ category, code }) => category === 'audit' && code === 'keep',
  );
  assert.is(told?.actor, 'admin');
});

test('an undo by a person is sent to the host, which goes back', async () => {
  const { id, agent, token } = await putOnTrial(app, 'web2');
  assert.is((await decide(id, 'undo')).command.status, 'AWAITING_RECONNECT');
  assert.equal(await agent.next('command.undo'), { id });
  await agent.close();
  await app.connect(token, { hello: guarding({ report: undone(id, 'undo') }) });
  const { status, code } = await ended(id);
  assert.equal([status, code], ['ROLLED_BACK', 'undone']);
});

test('a decision that the host already carries out is too late to change', async () => {
  const { id, agent } = await putOnTrial(app, 'web3');
  agent.heartbeat(onTrial(id, { guard: guardOf(id, 'undoing') }));
  const host = async () => (await app.request('GET', '/api/hosts/web3')).body as Host;
  await waitFor('the undo', host, ({ report }) => report?.guard?.state === 'undoing');
  const late = await decide(id, 'keep');
  assert.equal([late.status, late.code], [409, 'already_decided']);
});

test('a decision during the activation is refused with the way out', async () => {
  const { token } = await app.addHost('web5');
  const agent = await app.connect(token, { hello: guarding() });
  await app.dispatch({ op: 'switch', hosts: ['web5'], options: { guard: 'on' } });
  const { id } = await agent.next('command.run');
  agent.send('command.accepted', { id });
  agent.heartbeat(oldActive({ guard: guardOf(id, 'armed') }));
  const host = async () => (await app.request('GET', '/api/hosts/web5')).body as Host;
  await waitFor('the armed guard', host, ({ report }) => report?.guard?.state === 'armed');
  for (const word of ['keep', 'undo'] as const) {
    const early = await decide(id, word);
    assert.equal([early.status, early.code], [409, 'activation_running']);
    assert.match(early.detail, 'a forced kill undoes it now');
  }
  assert.is((await app.command(id)).decision, null);
});

test('an unguarded command takes no decision', async () => {
  assert.is((await decide('018f0000-0000-7000-8000-000000000000', 'keep')).code, 'unknown_command');
  const { token } = await app.addHost('web4');
  const agent = await app.connect(token, { hello: guarding() });
  const { results } = await app.dispatch({ op: 'switch', hosts: ['web4'] });
  const id = results[0]?.commandId ?? '';
  await agent.next('command.run');
  const early = await decide(id, 'undo');
  assert.equal([early.status, early.code], [409, 'not_guarded']);
  assert.is((await app.command(id)).decision, null);
});

test.run();
