import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { procMissing, testUnless } from '../../scripts/test-needs.ts';
import { processesOf } from './census.ts';
import { type SystemOptions, startSystem } from './system.ts';

/** A module that never loads. NODE_OPTIONS takes no spaces. */
const NEVER = 'data:text/javascript,await/**/new/**/Promise(()=>setInterval(()=>{},1e9))';

/** The error of a system that does not start, and its leftovers: its folder, and the number of processes. */
async function failedStart(options: SystemOptions): Promise<[error: string, folder: boolean, processes: number]> {
  let dir = '';
  const prepare = (made: string) => {
    dir = made;
  };
  const error = await startSystem({ ...options, prepare }).then(
    async (system) => {
      await system.close();
      return 'it started';
    },
    (error) => (error as Error).message,
  );
  return [error, existsSync(dir), processesOf(dir).length];
}

testUnless([procMissing()])(
  'a coordinator that never listens is ended, and nothing is left of its system',
  async () => {
    const [error, ...left] = await failedStart({
      coordinatorEnv: { NODE_OPTIONS: `--import=${NEVER}` },
      listensWithinMs: 500,
    });
    assert.match(error, 'waited 0.5 s for a coordinator that listens');
    assert.equal(left, [false, 0]);
  },
);

test('a coordinator that ends at its start says why, and nothing is left of its system', async () => {
  const [error, ...left] = await failedStart({ config: '[nonsense' });
  assert.match(error, /the coordinator ended with .*"code":2.* SWITCHYARD_CONFIG/);
  assert.equal(left, [false, 0]);
});

test.run();
