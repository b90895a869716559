import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createRig } from '../fixtures/rig.ts';

test('what a turn has changed is shown once it is written, together with its history', () => {
  const rig = createRig();
  try {
    const session = rig.connect(rig.addHost('web1'));
    const id = rig.dispatch('check-version', 'web1');
    const shown = () => rig.engine.committed(id)?.command.status;
    rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
    assert.is(rig.engine.get(id)?.command.status, 'EXECUTING');
    assert.is(shown(), 'PENDING');
    assert.is(rig.store.history.of(id).at(-1)?.to, 'PENDING');
    rig.turn();
    assert.is(shown(), 'EXECUTING');
    assert.is(rig.store.history.of(id).at(-1)?.to, 'EXECUTING');
  } finally {
    rig.close();
  }
});

test('a command that was made in this turn is not shown, and one that is only in the store is', () => {
  const rig = createRig();
  try {
    rig.addHost('web1');
    const { answer } = rig.dispatcher.dispatch({ op: 'pull', hosts: ['web1'] }, 'admin');
    const id = answer.results[0]?.commandId ?? '';
    assert.is(rig.engine.committed(id), null);
    rig.turn();
    assert.is(rig.engine.committed(id)?.command.status, 'BLOCKED');
  } finally {
    rig.close();
  }
});

test.run();
