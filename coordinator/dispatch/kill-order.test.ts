import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accept, exit, typesOf, withRig } from '../fixtures/agent-side.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';

test(
  'a kill is its own command and ends with its target',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    const kill = rig.dispatch('kill', 'web1');
    assert.is(rig.command(id).status, 'KILLING');
    assert.is(rig.command(kill).status, 'KILLING');
    assert.is(rig.command(kill).targetCommandId, id);
    assert.is(typesOf(session).at(-1), 'command.kill');
    exit(rig, session, id, { exitCode: null, signal: 'SIGTERM', kill: { termAt: 5, killAt: null } });
    assert.is(rig.command(id).status, 'KILLED');
    assert.is(rig.command(kill).status, 'SUCCESS');
  }),
);

test(
  'a stronger kill replaces the one under way, a weaker one is refused',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    const soft = rig.dispatch('kill', 'web1');
    const weaker = rig.dispatch('kill', 'web1');
    assert.is(rig.command(weaker).status, 'BLOCKED');
    assert.is(rig.command(weaker).code, 'command_pending');
    const hard = rig.dispatch('kill', 'web1', { options: { signal: 'SIGKILL' } });
    assert.is(rig.command(soft).status, 'CANCELLED');
    assert.is(rig.command(hard).status, 'KILLING');
    assert.is(rig.command(id).kill?.commandId, hard);
    exit(rig, session, id, { exitCode: null, signal: 'SIGKILL', kill: { termAt: null, killAt: 5 } });
    assert.is(rig.command(hard).status, 'SUCCESS');
  }),
);

test(
  'a cancelled command is no longer tracked, and the host stays busy until its process ends',
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    assert.is(rig.command(rig.dispatch('cancel', 'web1')).status, 'SUCCESS');
    assert.is(rig.command(id).status, 'CANCELLED');
    assert.is(rig.command(rig.dispatch('check-version', 'web1')).code, 'agent_busy');
    exit(rig, session, id, { exitCode: 7 });
    assert.is(rig.command(id).status, 'CANCELLED');
    assert.equal(rig.command(id).lateResult, { exitCode: 7, signal: null, endedAt: 2 });
    assert.is(rig.command(rig.dispatch('check-version', 'web1')).status, 'PENDING');
  }),
);

test('a restart of the coordinator does not fail a kill on an offline host', () => {
  const before = createRig();
  const web1 = before.addHost('web1');
  const session = before.connect(web1);
  const id = before.dispatch('check-version', 'web1');
  accept(before, session, id);
  const kill = before.dispatch('kill', 'web1');
  before.crash();
  const rig = createRig({ dataDir: before.folder });
  try {
    rig.clock.advance(120_000);
    rig.turn();
    assert.is(rig.command(kill).status, 'KILLING');
    const held = { id, op: 'check-version', state: 'running' as const, startedAt: 1, outputBytes: 0 };
    const again = rig.connect(web1, { commands: [held] });
    assert.ok(typesOf(again).includes('command.kill'));
  } finally {
    rig.close();
  }
});

test(
  "a kill's own command can't be cancelled, because the kill would go on",
  withRig((rig) => {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    accept(rig, session, id);
    const kill = rig.dispatch('kill', 'web1');
    const cancel = rig.dispatch('cancel', 'web1', { options: { commandId: kill } });
    assert.equal([rig.command(cancel).status, rig.command(cancel).code], ['BLOCKED', 'no_running_command']);
    assert.is(rig.command(kill).status, 'KILLING');
  }),
);

/** A command that the store, which was put back, has as queued, and its host as running. */
function queuedThere(rig: Rig) {
  const host = rig.addHost('web1');
  const id = rig.dispatch('check-version', 'web1', { queueMs: 60_000 });
  const held = { id, op: 'check-version', state: 'running' as const, startedAt: 1, outputBytes: 0 };
  const session = rig.connect(host, { features: ['store_mark'], storeMark: 1, commands: [held] });
  assert.is(rig.command(id).status, 'QUEUED');
  return { id, session };
}

test(
  'a kill reaches a command that its host runs, though a store that was put back has it queued',
  withRig((rig) => {
    const { id, session } = queuedThere(rig);
    const kill = rig.dispatch('kill', 'web1');
    const order = session.sent.findLast(({ type }) => type === 'command.kill');
    assert.equal(order?.payload, { id, signal: 'SIGTERM', graceMs: 10_000, force: false });
    assert.equal([rig.command(id).status, rig.command(kill).status], ['CANCELLED', 'KILLING']);
    exit(rig, session, id, { exitCode: null, signal: 'SIGTERM', kill: { termAt: 5, killAt: null } });
    assert.is(rig.command(kill).status, 'SUCCESS');
    assert.is(rig.command(id).lateResult?.signal, 'SIGTERM');
  }),
);

test(
  'such a command, once cancelled, keeps its host busy until it ends, and can still be killed',
  withRig((rig) => {
    const { id, session } = queuedThere(rig);
    const cancel = rig.dispatch('cancel', 'web1', { options: { commandId: id } });
    assert.is(rig.command(cancel).message, `check-version ${id} is no longer tracked`);
    assert.is(rig.command(rig.dispatch('check-version', 'web1')).code, 'agent_busy');
    const kill = rig.dispatch('kill', 'web1', { options: { commandId: id } });
    assert.is(rig.command(kill).status, 'KILLING');
    exit(rig, session, id, { exitCode: null, signal: 'SIGTERM', kill: { termAt: 5, killAt: null } });
    assert.is(rig.command(kill).status, 'SUCCESS');
    assert.is(rig.command(rig.dispatch('check-version', 'web1')).status, 'PENDING');
  }),
);

test.run();
