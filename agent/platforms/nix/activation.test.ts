import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { activate, activationArgs } from './activation.ts';

test('a step that cannot write its evidence says so and ends as its activation did', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-activation-'));
  try {
    // Every write fails, as on a full disk.
    const evidenceDir = join(dir, 'evidence');
    writeFileSync(evidenceDir, '');
    const brief = {
      before: null,
      links: [dir],
      profile: join(dir, 'none'),
      profileBefore: null,
      idleFile: join(dir, 'idle.json'),
      unitsFailedCode: 4,
      profileBoots: false,
    };
    for (const code of [0, 4, 7]) {
      const said: string[] = [];
      const run = async () => ({ code, stdout: '' });
      const io = { clock: createFakeClock(), evidenceDir, run, say: (line: string) => void said.push(line) };
      assert.is(await activate(activationArgs(brief, ['activate']), io), code);
      assert.match(said.join('\n'), /^it is done, but its evidence could not be written: .*ENOTDIR/m);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
