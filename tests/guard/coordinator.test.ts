import { appendFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { CommandView } from '../../shared/resources.ts';
import { run } from '../cli/fixtures/command-line.ts';
import { atOnce } from '../harness/at-once.ts';
import { type System, startSystem } from '../harness/system.ts';
import { type AgentHost, NEW, OLD, startAgentHost } from './guarded-host.ts';

/** The real coordinator, a real agent and its real guard: what the record says is what the host ended on. */

/** One host of one coordinator. */
type Scene = { system: System; host: AgentHost; name: string };

let shared: System;
/** Its coordinator is killed. */
let doomed: System;
test.before(async () => {
  shared = await startSystem();
  doomed = await startSystem();
});
test.after(async () => {
  await shared.close();
  await doomed.close();
});

/** They mostly wait, each for its own host. */
const together = atOnce(test, 8);
let hosts = 0;
const guarded = (title: string, body: (scene: Scene) => Promise<void>, systemOf = () => shared): void =>
  together(title, async () => {
    const system = systemOf();
    hosts += 1;
    const name = `web${hosts}`;
    const { token } = await system.api.addHost(name);
    const host = await startAgentHost({ url: system.coordinator.address.replace('http', 'ws'), token });
    try {
      await waitFor('the agent', async () => (await system.api.host(name)).online);
      await body({ system, host, name });
    } catch (error) {
      console.log(title, host.agentLog().slice(-4_000), host.log());
      throw error;
    } finally {
      await host.close();
    }
  });

const dispatch = ({ system, name }: Scene, options = {}) => system.dispatch('rollback', name, { options });
const ended = ({ system }: Scene, id: string): Promise<CommandView> =>
  system.command(id, ({ finishedAt }) => finishedAt !== null);
const endOf = ({ status, code }: CommandView) => [status, code];
const isOnTrial = ({ system, name }: Scene, id: string) =>
  waitFor(
    'the trial',
    async () => (await system.api.host(name)).report?.guard,
    (guard) => guard?.commandId === id && guard.state === 'activated',
  );

guarded('a host in contact is told to keep it, and the record ends by what it shows then', async (scene) => {
  const { system, host, name } = scene;
  const command = await ended(scene, await dispatch(scene));
  assert.equal(endOf(command), ['SUCCESS', null], command.message ?? '');
  assert.equal(host.stands(), NEW);
  assert.is(command.decision?.actor, 'system');
  const [exitedAt = 0, keptAt = 0] = [command.exitedAt ?? 0, command.decision?.at ?? 0];
  assert.ok(keptAt - exitedAt >= 15_000, `${keptAt - exitedAt} ms after the exit`);
  assert.is((await system.run('check-version', name)).status, 'SUCCESS', 'its host is free');
});

guarded('nobody in contact for long enough: it goes back, and the record says so', async (scene) => {
  const { system, host } = scene;
  const command = await ended(scene, await dispatch(scene, { confirmMs: 2_000 }));
  assert.equal(endOf(command), ['ROLLED_BACK', 'not_confirmed'], command.message ?? '');
  assert.equal(host.stands(), OLD);
  assert.ok(
    (await system.api.attention()).some(({ kind, commandId }) => kind === 'rolled_back' && commandId === command.id),
  );
});

guarded('a person keeps at once', async (scene) => {
  const { system, host, name } = scene;
  const id = await dispatch(scene);
  await isOnTrial(scene, id);
  const { status, out } = await run(system, `keep ${name}`);
  assert.is(status, 0);
  assert.match(out, /is (being )?kept/);
  const late = await run(system, `undo ${id} --yes`);
  assert.is(late.status, 1);
  assert.match(late.err, /already_decided: admin decided at .*: keep/);
  assert.equal(endOf(await ended(scene, id)), ['SUCCESS', null]);
  assert.equal(host.stands(), NEW);
});

guarded('a person undoes', async (scene) => {
  const { system, host, name } = scene;
  const id = await dispatch(scene);
  await isOnTrial(scene, id);
  const asked = await run(system, `undo ${id}`);
  assert.is(asked.status, 2);
  assert.match(asked.err, new RegExp(`Let ${name} go back`));
  assert.is((await run(system, `undo ${id} --yes`)).status, 0);
  assert.equal(endOf(await ended(scene, id)), ['ROLLED_BACK', 'undone']);
  assert.equal(host.stands(), OLD);
});

guarded('an activation that fails is undone, and the record waits for that', async (scene) => {
  const { host } = scene;
  appendFileSync(
    host.file('test.new'),
    'ln -sfn "$(dirname "$(dirname "$0")")" "$(dirname "$0")/../../../current"; exit 1\n',
  );
  const command = await ended(scene, await dispatch(scene));
  assert.equal(endOf(command), ['ROLLED_BACK', 'activation_failed'], command.message ?? '');
  assert.equal(host.stands(), OLD);
});

guarded('a new system that refuses changes nothing', async (scene) => {
  const { host } = scene;
  appendFileSync(host.file('check.new'), 'echo no >&2; exit 1\n');
  assert.equal(endOf(await ended(scene, await dispatch(scene))), ['ERROR', 'switch_inhibited']);
  assert.equal(host.stands(), OLD);
});

guarded('one that is cancelled is kept by nobody, and its host is busy until it has gone back', async (scene) => {
  const { system, host, name } = scene;
  const id = await dispatch(scene, { confirmMs: 25_000 });
  await system.command(id, ({ verdict }) => verdict !== null);
  await system.api.dispatch({ op: 'cancel', hosts: [name] });
  assert.is((await ended(scene, id)).status, 'CANCELLED');
  const [busy] = (await system.api.dispatch({ op: 'check-version', hosts: [name] })).answer.results;
  assert.is(busy?.code, 'agent_busy');
  await waitFor(
    'the old system',
    () => host.stands().join(),
    (stands) => stands === OLD.join(),
  );
  assert.is((await system.run('check-version', name, { queueMs: 60_000 })).status, 'SUCCESS');
});

guarded(
  'the guard waits for a coordinator that dies in the window, which keeps once it is back',
  async (scene) => {
    const { system, host } = scene;
    const confirmMs = 10_000;
    const id = await dispatch(scene, { confirmMs });
    await isOnTrial(scene, id);
    await system.coordinator.kill('SIGKILL');
    await waitFor('a window that would be over, on a network that works', () => {
      const { spentMs, heldMs } = host.counted();
      return spentMs + heldMs > confirmMs;
    });
    assert.equal(host.stands(), ['new', 'system-2-link', 'old'], 'held');
    await system.coordinator.start();
    const command = await ended(scene, id);
    assert.equal(endOf(command), ['SUCCESS', null], command.message ?? '');
    assert.equal(host.stands(), NEW);
  },
  () => doomed,
);

test.run();
