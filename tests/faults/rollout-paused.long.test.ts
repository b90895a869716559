import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { rolloutsOf } from '../harness/rollouts.ts';
import { addSubject } from '../harness/subject.ts';
import { withSystem } from '../harness/system.ts';

test(
  'a pause lets a host that has begun go on, even if its accept is still on the way',
  withSystem(async (system) => {
    const proxy = await system.addProxy();
    const { deeds } = await addSubject(system, 'h1', { address: proxy.address, ops: { step: waitAtGate(system.dir) } });
    const rollouts = rolloutsOf(system.api);
    let ordered = 0;
    let told = 0;
    proxy.onFrame(({ from, type }) => {
      if (from === 'coordinator' && type === 'command.kill') ordered += 1;
      if (from === 'agent' && type === 'command.started') told += 1;
      return 'pass';
    });
    proxy.hold('agent');
    const id = await rollouts.start({ steps: [{ op: 'step' }], hosts: ['h1'] });
    const { hosts } = await rollouts.until(id, 'a command', (seen) => seen.hosts[0]?.commandId != null);
    const commandId = hosts[0]?.commandId ?? '';
    await waitFor('its start on the host', () => deeds.of(commandId).starts === 1);

    const paused = await rollouts.decide(id, 'pause');
    assert.equal([paused.status, paused.hosts[0]?.standing], ['PAUSED', 'running']);
    assert.is((await system.api.command(commandId)).status, 'CANCELLED');
    await waitFor('the order not to start', () => ordered > 0);
    proxy.release();
    await waitFor('the answer: it has started', () => told > 1);
    const goesOn = await system.command(commandId, ({ pid }) => pid !== null);
    assert.match(goesOn.hint ?? '', 'goes on');
    assert.is((await rollouts.view(id)).hosts[0]?.standing, 'running');

    openGate(system.dir);
    const { status, lateResult } = await system.command(commandId, (seen) => seen.lateResult !== null);
    assert.equal([status, lateResult?.exitCode, lateResult?.signal], ['CANCELLED', 0, null]);
    assert.equal(deeds.of(commandId).ends, [0], 'the command ended by its own exit');
    await rollouts.until(id, 'its failure', (seen) => seen.hosts[0]?.standing === 'failed');
    await rollouts.decide(id, 'retry');
    assert.is((await rollouts.settled(id)).status, 'DONE');
  }),
);

test.run();
