import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { partialExits } from '../model/op-exit.ts';
import { actsOnCommands, OPS, opOnHost } from './ops.ts';

const onHost = (id: string, completion?: 'exit' | 'restart' | 'reboot') => {
  const op = opOnHost(id, completion);
  if (!op) throw new Error(`${id} is unknown`);
  return op;
};

test("a host's own completion wins, with a time to come back where the table has none", () => {
  assert.is(onHost('switch').completion, 'restart');
  assert.is(onHost('switch', 'exit').completion, 'exit');
  assert.is(onHost('pull', 'restart').thresholds.reconnectMs, 90_000);
  assert.is(onHost('reboot', 'restart').thresholds.reconnectMs, 300_000, "the table's own stays");
});

test("a host's own op has the default thresholds and no post-check", () => {
  const op = onHost('vacuum', 'exit');
  assert.equal(
    [op.thresholds.warningMs, op.thresholds.timeoutMs, op.thresholds.reconnectMs],
    [600_000, 1_800_000, 90_000],
  );
  assert.equal([op.postChecks, op.freshness, op.takesSlot], [[], 'none', true]);
  assert.is(opOnHost('vacuum', undefined), undefined);
});

test('kill and cancel stay with the coordinator, whatever a host advertises', () => {
  assert.is(onHost('kill', 'exit').completion, null);
  assert.equal([...OPS.map(({ id }) => id), 'backup'].filter(actsOnCommands), ['kill', 'cancel']);
});

test('exit 4 is a partial success of an activation on NixOS, and nowhere else', () => {
  assert.equal(partialExits(onHost('switch'), 'nixos'), [4]);
  assert.equal(partialExits(onHost('rollback'), 'nixos'), [4]);
  assert.equal(partialExits(onHost('switch'), 'custom'), []);
  assert.equal(partialExits(onHost('pull'), 'nixos'), []);
});

test('a warning comes before its timeout', () => {
  for (const { id, thresholds } of OPS)
    if (thresholds.timeoutMs !== null) assert.ok((thresholds.warningMs ?? 0) < thresholds.timeoutMs, id);
});

test.run();
