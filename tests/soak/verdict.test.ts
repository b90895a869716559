import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandView } from '../../shared/api/resources.ts';
import type { Excuse } from './faults.ts';
import { disagreements } from './verdict.ts';

const AT = 1_800_000_000_000;

function told(excuses: Excuse[], exitedAt: number): string[] {
  const command = {
    ...{ id: 'c1', op: 'talks', status: 'ERROR', code: 'signalled', exitCode: null, message: 'SIGKILL', exitedAt },
    ...{ kill: null, lateResult: null, history: [{ to: 'ERROR' }], output: { bytes: 0 } },
  } as unknown as CommandView;
  const deed = { starts: 1, ends: [3], endedAt: AT };
  return disagreements({ command, output: Buffer.alloc(0), deed, excuses: new Set(excuses) });
}

test('a wrapper that was killed as its command ended recorded no end; one that was killed later, or not killed, did', () => {
  assert.equal(told(['wrapper'], AT + 200), []);
  assert.match(told(['wrapper'], AT + 5_000).join(), /was not cut off/);
  assert.match(told([], AT + 200).join(), /was not cut off.*without a reason/);
});

test.run();
