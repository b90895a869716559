import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { deviceMissing, mountsMissing, testUnless, toolMissing } from '../../scripts/test-needs.ts';
import type { SlowLinkResult } from './fixtures/slow-link-scene.ts';

/** Connects over a network namespace's link of 280 ms there and back, by a name with two addresses of which one leads nowhere. */

const linkTest = testUnless([mountsMissing(), deviceMissing('/dev/net/tun'), toolMissing('ip'), toolMissing('perl')]);

linkTest(
  'over a slow link a name with addresses of both families is reached by agent, --check and command line',
  async () => {
    const { stdout } = await promisify(execFile)('unshare', [
      ...['--net', '--mount', '--propagation', 'private', '/bin/sh', '-c'],
      `ip link set lo up && exec "$0" "$1"`,
      ...[process.execPath, join(import.meta.dirname, 'fixtures/slow-link-scene.ts')],
    ]);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    const { online, check, cli, agentLog } = JSON.parse(last) as SlowLinkResult;
    assert.ok(online, agentLog);
    assert.match(check, /^ok .+ knows this host as far$/);
    assert.match(cli, /^0: [\s\S]+ far /);
  },
);

test.run();
