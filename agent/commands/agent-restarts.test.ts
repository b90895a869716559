import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createAgentRestarts, restartStatus } from './agent-restarts.ts';

test('the agent exits with 101 under systemd, and with 0 under launchd, so that it is started again', () => {
  assert.is(restartStatus('linux'), 101);
  assert.is(restartStatus('darwin'), 0);
});

function createScene() {
  const clock = createFakeClock();
  const due: string[] = [];
  return { clock, due, restarts: createAgentRestarts({ clock, onDue: (id) => due.push(id) }) };
}

test('an agent leaves once the exit is acknowledged, and only then', () => {
  const { clock, due, restarts } = createScene();
  restarts.acknowledged('another');
  restarts.arm('switch');
  clock.advance(4_999);
  assert.equal(due, []);
  restarts.acknowledged('switch');
  clock.advance(10_000);
  assert.equal(due, ['switch']);
});

test('without an acknowledgement it leaves after 5 s, unless it is closed before', () => {
  const { clock, due, restarts } = createScene();
  restarts.arm('switch');
  clock.advance(5_000);
  restarts.arm('later');
  restarts.close();
  clock.advance(5_000);
  assert.equal(due, ['switch']);
});

test.run();
