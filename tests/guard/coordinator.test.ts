import { appendFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { CommandView } from '../../shared/resources.ts';
import { run } from '../cli/fixtures/command-line.ts';
import { type System, startSystem } from '../harness/system.ts';
import { type AgentHost, NEW, OLD, startAgentHost } from './guarded-host.ts';

/** The real coordinator, a real agent and its real guard: what the record says is what the host ended on. */

let system: System;
test.before(async () => {
  system = await startSystem();
});
test.after(() => system.close());

let hosts = 0;
const guarded = (title: string, body: (host: AgentHost, name: string) => Promise<void>): void =>
  test(title, async () => {
    hosts += 1;
    const name = `web${hosts}`;
    const { token } = await system.api.addHost(name);
    const host = await startAgentHost({ url: system.coordinator.address.replace('http', 'ws'), token });
    try {
      await waitFor('the agent', async () => (await system.api.host(name)).online);
      await body(host, name);
    } catch (error) {
      console.log(host.agentLog().slice(-4_000), host.log());
      throw error;
    } finally {
      await host.close();
    }
  });

const dispatch = (name: string, options = {}) => system.dispatch('rollback', name, { options });
const ended = (id: string): Promise<CommandView> => system.command(id, ({ finishedAt }) => finishedAt !== null);
const endOf = ({ status, code }: CommandView) => [status, code];
const isOnTrial = (id: string, name: string) =>
  waitFor(
    'the trial',
    async () => (await system.api.host(name)).report?.guard,
    (guard) => guard?.commandId === id && guard.state === 'activated',
  );

guarded('a host in contact is told to keep it, and the record ends by what it shows then', async (host, name) => {
  const command = await ended(await dispatch(name));
  assert.equal(endOf(command), ['SUCCESS', null], command.message ?? '');
  assert.equal(host.stands(), NEW);
  assert.is(command.decision?.actor, 'system');
  const [exitedAt = 0, keptAt = 0] = [command.exitedAt ?? 0, command.decision?.at ?? 0];
  assert.ok(keptAt - exitedAt >= 15_000, `${keptAt - exitedAt} ms after the exit`);
  assert.is((await system.run('check-version', name)).status, 'SUCCESS', 'its host is free');
});

guarded('nobody in contact for long enough: it goes back, and the record says so', async (host, name) => {
  const command = await ended(await dispatch(name, { confirmMs: 2_000 }));
  assert.equal(endOf(command), ['ROLLED_BACK', 'not_confirmed'], command.message ?? '');
  assert.equal(host.stands(), OLD);
  assert.ok(
    (await system.api.attention()).some(({ kind, commandId }) => kind === 'rolled_back' && commandId === command.id),
  );
});

guarded('a person keeps at once', async (host, name) => {
  const id = await dispatch(name);
  await isOnTrial(id, name);
  const { status, out } = await run(system, `keep ${name}`);
  assert.is(status, 0);
  assert.match(out, /is (being )?kept/);
  const late = await run(system, `undo ${id} --yes`);
  assert.is(late.status, 1);
  assert.match(late.err, /already_decided: admin decided at .*: keep/);
  assert.equal(endOf(await ended(id)), ['SUCCESS', null]);
  assert.equal(host.stands(), NEW);
});

guarded('a person undoes', async (host, name) => {
  const id = await dispatch(name);
  await isOnTrial(id, name);
  const asked = await run(system, `undo ${id}`);
  assert.is(asked.status, 2);
  assert.match(asked.err, new RegExp(`Let ${name} go back`));
  assert.is((await run(system, `undo ${id} --yes`)).status, 0);
  assert.equal(endOf(await ended(id)), ['ROLLED_BACK', 'undone']);
  assert.equal(host.stands(), OLD);
});

guarded('an activation that fails is undone, and the record waits for that', async (host, name) => {
  appendFileSync(
    host.file('test.new'),
    'ln -sfn "$(dirname "$(dirname "$0")")" "$(dirname "$0")/../../../current"; exit 1\n',
  );
  const command = await ended(await dispatch(name));
  assert.equal(endOf(command), ['ROLLED_BACK', 'activation_failed'], command.message ?? '');
  assert.equal(host.stands(), OLD);
});

guarded('a new system that refuses changes nothing', async (host, name) => {
  appendFileSync(host.file('check.new'), 'echo no >&2; exit 1\n');
  assert.equal(endOf(await ended(await dispatch(name))), ['ERROR', 'switch_inhibited']);
  assert.equal(host.stands(), OLD);
});

guarded('one that is cancelled is kept by nobody, and its host is busy until it has gone back', async (host, name) => {
  const id = await dispatch(name, { confirmMs: 25_000 });
  await system.command(id, ({ verdict }) => verdict !== null);
  await system.api.dispatch({ op: 'cancel', hosts: [name] });
  assert.is((await ended(id)).status, 'CANCELLED');
  const [busy] = (await system.api.dispatch({ op: 'check-version', hosts: [name] })).answer.results;
  assert.is(busy?.code, 'agent_busy');
  await waitFor(
    'the old system',
    () => host.stands().join(),
    (stands) => stands === OLD.join(),
  );
  assert.is((await system.run('check-version', name, { queueMs: 60_000 })).status, 'SUCCESS');
});

guarded('a coordinator that dies in the window is waited for, and keeps when it is back', async (host, name) => {
  const confirmMs = 20_000;
  const id = await dispatch(name, { confirmMs });
  await isOnTrial(id, name);
  await system.coordinator.kill('SIGKILL');
  await waitFor('a window that would be over, on a network that works', () => {
    const { spentMs, heldMs } = host.counted();
    return spentMs + heldMs > confirmMs;
  });
  assert.equal(host.stands(), ['new', 'system-2-link', 'old'], 'held');
  await system.coordinator.start();
  const command = await ended(id);
  assert.equal(endOf(command), ['SUCCESS', null], command.message ?? '');
  assert.equal(host.stands(), NEW);
});

test.run();
