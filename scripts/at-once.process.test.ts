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
    const { status, stdout } = atOnce(`echo heard > ${pipe}`, `cat ${pipe}`);
    assert.is(status, 0);
    assert.match(stdout, /^heard\n/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the output ends with the time of each and of all', () => {
  const { stdout } = atOnce('sleep 0.3', 'true');
  assert.match(stdout, /^ok: sleep 0\.3, (0\.[3-9]|[1-9]\d*\.\d) s\nok: true, \d+\.\d s\nin all \d+\.\d s\n$/);
});

test('one that fails is named at the end, with all that it wrote', () => {
  const { status, stdout } = atOnce('echo one; echo wrong >&2; exit 3', 'echo two');
  assert.is(status, 1);
  assert.match(stdout, /^one\nwrong$/m);
  assert.match(stdout, /^two$/m);
  assert.match(
    stdout,
    /^failed: echo one; echo wrong >&2; exit 3, \d+\.\d s\nok: echo two, \d+\.\d s\nin all \d+\.\d s\n$/m,
  );
});

test.run();
