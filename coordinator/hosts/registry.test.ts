import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withRig } from '../fixtures/agent-side.ts';
import { createRegistry } from './registry.ts';

test(
  'a dispatch in the turn that removes its host does not find the host',
  withRig(async (rig) => {
    rig.connect(rig.addHost('web1'));
    const registry = createRegistry({
      formerTokens: { began() {}, dropped() {} },
      ...rig,
      forget: rig.views.forget,
      closeHost: () => {},
      maxHosts: 10,
    });
    const removed = registry.remove('web1', 'admin');
    assert.throws(
      () => rig.dispatcher.dispatch({ op: 'check-version', hosts: ['web1'] }, 'admin'),
      (error: { code: string }) => error.code === 'unknown_host',
    );
    rig.turn();
    await removed;
    assert.equal([...rig.ledger.allLive()], []);
  }),
);

test.run();
