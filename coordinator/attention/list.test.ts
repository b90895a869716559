import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FakeSession } from '../fixtures/fake-session.ts';
import { createRig, type Rig } from '../fixtures/rig.ts';
import { sampleExit } from '../lifecycle/fixtures/sample.ts';
import { createAttentionList } from './list.ts';

let rig: Rig;
let host: string;
let session: FakeSession;
test.before.each(() => {
  rig = createRig();
  host = rig.addHost('web1');
  session = rig.connect(host);
});
test.after.each(() => rig.close());

const watched = () => {
  const list = createAttentionList({ ...rig, stored: rig.store.commands.unsettled() });
  return () => list.items().map(({ kind, commandId }) => `${kind} ${commandId && rig.command(commandId).op}`);
};

const run = (op: string, exitCode: number): void => {
  const id = rig.dispatch(op, host);
  void rig.intake.frame(session, { type: 'command.exited', payload: sampleExit(id, { exitCode, lost: exitCode < 0 }) });
  rig.turn();
};

test('a bad end waits for a person until a later command succeeds, even across a restart', () => {
  const items = watched();
  run('check-version', -1);
  assert.equal(items(), ['lost check-version']);
  assert.equal(watched()(), ['lost check-version'], 'read from the store');
  run('check-version', 0);
  assert.equal(items(), []);
  assert.equal(watched()(), []);
});

test('a command that takes too long waits for an answer', () => {
  const items = watched();
  const id = rig.dispatch('pull', host);
  void rig.intake.frame(session, { type: 'command.accepted', payload: { id } });
  rig.turn();
  rig.clock.advance(5 * 60_000);
  rig.turn();
  assert.equal(items(), ['timed_out pull']);
});

test("a second agent with a host's token is shown", () => {
  const items = watched();
  rig.connect(host, { stateId: 'another', instanceId: 'another' });
  assert.equal(items(), ['duplicate_agent null']);
  run('check-version', 0);
  assert.equal(items(), [], 'a later command ended well');
});

test('a removed host leaves no item', () => {
  const items = watched();
  run('check-version', -1);
  rig.roster.remove(host);
  assert.equal(items(), []);
});

test.run();
