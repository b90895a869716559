import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exit } from '../../fixtures/agent-side.ts';
import { scene } from '../fixtures/fleet.ts';

/** A pause takes back a command whose accept is still on its way: only its host knows whether it runs. */

async function withdrawn() {
  const fleet = scene({ hosts: 1 });
  fleet.connect('h0');
  const id = fleet.start();
  const commandId = fleet.running('h0') ?? '';
  await fleet.decide(id, { type: 'pause' });
  const made = (): number => fleet.rig.runner.find(id)?.rows.get(fleet.idOf('h0'))?.turns.length ?? 0;
  const standing = async () => (await fleet.view(id)).hosts[0]?.standing;
  const refuse = (): void => fleet.refuse('h0', commandId);
  return { fleet, id, commandId, made, standing, refuse };
}

for (const restarts of [false, true]) {
  const after = restarts ? ', also after a restart' : '';

  test(`a withdrawn command that its host had begun is not dispatched again${after}`, async () => {
    const { fleet, id, commandId, made, standing } = await withdrawn();
    assert.is(await standing(), 'running', 'its host has not answered yet');
    exit(fleet.rig, fleet.session('h0'), commandId);
    if (restarts) fleet.restart();
    if (restarts) fleet.connect('h0');
    assert.is(await standing(), 'failed');
    fleet.pass(5_000);
    assert.is((await fleet.view(id)).reason?.code, 'failures');
    await fleet.decide(id, { type: 'resume' });
    fleet.pass(5_000);
    assert.is(made(), 1);
    assert.is((await fleet.view(id)).status, 'PAUSED');
    await fleet.decide(id, { type: 'retry' });
    assert.is(made(), 2, 'a person gives it another turn');
    fleet.rig.close();
  });

  test(`a host that refused a withdrawn command still has its turn${after}`, async () => {
    const { fleet, id, made, standing, refuse } = await withdrawn();
    refuse();
    if (restarts) fleet.restart();
    if (restarts) fleet.connect('h0');
    assert.is(await standing(), 'waiting');
    await fleet.decide(id, { type: 'resume' });
    fleet.pass(5_000);
    assert.is(made(), 2);
    fleet.rig.close();
  });
}

test('a resume waits for the answer of a host with a withdrawn command', async () => {
  const { fleet, id, made, standing, refuse } = await withdrawn();
  await fleet.decide(id, { type: 'resume' });
  fleet.pass(5_000);
  assert.equal([await standing(), made()], ['running', 1]);
  refuse();
  fleet.pass(1_000);
  assert.is(made(), 2);
  fleet.rig.close();
});

test('a pause gives no further turn to a host whose command a person kills before its accept', async () => {
  const fleet = scene({ hosts: 1 });
  fleet.connect('h0');
  const id = fleet.start();
  const commandId = fleet.running('h0') ?? '';
  fleet.rig.dispatch('kill', 'h0', { options: { commandId } });
  await fleet.decide(id, { type: 'pause' });
  fleet.refuse('h0', commandId);
  const [host] = (await fleet.view(id)).hosts;
  assert.equal([host?.standing, host?.code], ['failed', 'cancelled']);
  fleet.rig.close();
});

test('a host whose withdrawn command never left the queue still has its turn', async () => {
  const fleet = scene({ hosts: 1 });
  fleet.connect('h0');
  fleet.rig.dispatch('test', 'h0');
  const id = fleet.start();
  await fleet.decide(id, { type: 'pause' });
  assert.is((await fleet.view(id)).hosts[0]?.standing, 'waiting');
  fleet.rig.close();
});

test.run();
