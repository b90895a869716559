import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId } from '../../shared/ids.ts';
import type { AgentFrame } from '../../shared/wire/protocol.ts';
import { openRig, type Rig } from '../fixtures/rig.ts';

let rig: Rig;
test.before.each(async () => {
  rig = await openRig();
});
test.after.each(() => rig.close());

const count = (type: AgentFrame['type']) => rig.frames.filter((frame) => frame.type === type).length;

test('a flood of kills for unknown ids costs no file each, and none of them ever runs', async () => {
  const ids = Array.from({ length: 2_000 }, () => newCommandId());
  for (const id of ids) rig.runner.kill({ id, signal: 'SIGTERM', graceMs: 1_000, force: false });
  rig.run(['exit 0'], { id: ids[1_000] });
  await waitFor('an answer to each', () => count('command.rejected') === ids.length + 1);
  assert.ok(readdirSync(rig.state.tombstoneDir).length < 500, `${readdirSync(rig.state.tombstoneDir).length} files`);
  await rig.reopen();
  for (const id of [ids[0], ids[1_000], ids[1_999]]) rig.run(['exit 0'], { id });
  await waitFor('the same answers', () => count('command.rejected') === ids.length + 4);
  assert.is(count('command.accepted'), 0);
  assert.ok(
    rig.frames.every(({ type, payload }) => type !== 'command.rejected' || payload.code === 'killed_before_start'),
  );
});

test.run();
