import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { watchEnds } from './ends.ts';
import { createRig, type FakeSession, type Rig } from './fixtures/rig.ts';

let rig: Rig;
let host: string;
let session: FakeSession;
let ended: string[];
let close: () => void;
test.before.each(() => {
  rig = createRig();
  host = rig.addHost('web1');
  session = rig.connect(host);
  ended = [];
  close = watchEnds({ ...rig, onEnded: ({ op, status }) => ended.push(`${op} ${status}`) });
});
test.after.each(() => rig.close());

const exit = (id: string): void => {
  const result = { exitCode: 0, signal: null, lost: false, startedAt: 1, endedAt: 2, outputBytes: 0 };
  rig.intake.frame(session, { type: 'command.exited', payload: { id, ...result } });
  rig.turn();
};

test('an end is told once, although a late result changes the ended command again', () => {
  const id = rig.dispatch('check-version', host);
  rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
  rig.turn();
  assert.equal(ended, []);
  rig.dispatch('cancel', host);
  assert.equal(ended.sort(), ['cancel SUCCESS', 'check-version CANCELLED']);
  exit(id);
  assert.is(rig.command(id).lateResult?.exitCode, 0);
  assert.is(ended.length, 2);
});

test('what was active at the start is told when it ends; what comes as ended is told at once', () => {
  const id = rig.dispatch('check-version', host);
  close();
  watchEnds({ ...rig, onEnded: ({ op, status }) => ended.push(`later ${op} ${status}`) });
  rig.dispatch('switch', 'web1');
  assert.equal(ended, ['later switch BLOCKED']);
  exit(id);
  assert.equal(ended, ['later switch BLOCKED', 'later check-version SUCCESS']);
});

test.run();
