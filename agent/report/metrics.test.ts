import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Metrics } from '../../shared/model/report.ts';

// own process: systeminformation keeps the functions that it finds when it is loaded; they are replaced before that.
const spawned: string[] = [];
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const)
  Object.assign(childProcess, {
    [name]: (program: string) => {
      spawned.push(program);
      throw new Error('no process may be spawned here');
    },
  });
syncBuiltinESMExports();
const { createMetrics } = await import('./metrics.ts');

const valid = Compile(Metrics);

test('a sample spawns no process and fits the protocol', async () => {
  for (const os of ['linux', 'darwin'] as const) {
    const sample = createMetrics({ os, diskPaths: ['/', '/nonexistent'] });
    const metrics = await sample();
    assert.ok(valid.Check(metrics), JSON.stringify(metrics));
    for (const value of [metrics.memoryPercent, metrics.diskPercent])
      assert.ok(value !== null && value > 0 && value <= 100);
    assert.type(metrics.load1, 'number');
  }
  assert.equal(spawned, []);
});

test('an unknown value is null', async () => {
  const metrics = await createMetrics({ os: 'darwin', diskPaths: ['/nonexistent'] })();
  assert.is(metrics.diskPercent, null);
  assert.is(metrics.swapPercent, null);
});

test('processor load covers the time since the last sample', async () => {
  const sample = createMetrics({ os: process.platform, diskPaths: [] });
  const until = performance.now() + 300;
  while (performance.now() < until);
  const { cpuPercent } = await sample();
  assert.ok(cpuPercent !== null && cpuPercent > 0 && cpuPercent <= 100, String(cpuPercent));
});

test.run();
