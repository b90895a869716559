import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function atOnce(...commands: string[]) {
  const script = join(import.meta.dirname, 'at-once.ts');
  const { status, stdout } = spawnSync(process.execPath, [script, ...commands], { encoding: 'utf8', timeout: 60_000 });
  return { status, stdout };
}

test('the commands run at the same time', () => {
  const dir = mkdtempSync(join(tmpdir(), 'at-once-'));
  const pipe = join(dir, 'pipe');
  spawnSync('mkfifo', [pipe]);
  try {
    // Each waits for the other.
    assert.equal(atOnce(`echo heard > ${pipe}`, `cat ${pipe}`), { status: 0, stdout: 'heard\n' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('one that fails is named at the end, with all that it wrote', () => {
  const { status, stdout } = atOnce('echo one; echo wrong >&2; exit 3', 'echo two');
  assert.is(status, 1);
  assert.match(stdout, /^one\nwrong$/m);
  assert.match(stdout, /^two$/m);
  assert.ok(stdout.endsWith('failed: echo one; echo wrong >&2; exit 3\n'));
});

test.run();
