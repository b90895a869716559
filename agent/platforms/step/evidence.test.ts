import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_TESTS } from '../../../shared/model/report.ts';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { addTestResult, readEvidence, writeEvidence, writeFailedUnits, writeJsonEvidence } from './evidence.ts';
import type { StepIo } from './step-program.ts';

let io: StepIo;
test.before.each(() => {
  io = {
    clock: createFakeClock(),
    evidenceDir: mkdtempSync(join(tmpdir(), 'switchyard-evidence-')),
    run: async () => ({ code: 0, stdout: '' }),
    say: () => {},
  };
});
test.after.each(() => rmSync(io.evidenceDir, { recursive: true, force: true }));

test("the steps' evidence is read", async () => {
  await writeEvidence(io, 'builtPath', '/nix/store/abc-system');
  await writeFailedUnits(io, 'failedUnits', ['nginx.service', 'foo.mount']);
  await writeJsonEvidence(io, 'versions', { running: '1', installed: null });
  await addTestResult(io, { name: 'a.sh', exitCode: 0, durationMs: 5 });
  await addTestResult(io, { name: 'b.sh', exitCode: 1, durationMs: 0 });
  assert.equal(await readEvidence(io.evidenceDir), {
    builtPath: '/nix/store/abc-system',
    failedUnits: ['nginx.service', 'foo.mount'],
    versions: { running: '1', installed: null },
    tests: [
      { name: 'a.sh', exitCode: 0, durationMs: 5 },
      { name: 'b.sh', exitCode: 1, durationMs: 0 },
    ],
  });
});

test('an empty list of failed units is an answer; a missing file is none', async () => {
  await writeFailedUnits(io, 'failedUnits', []);
  assert.equal(await readEvidence(io.evidenceDir), { failedUnits: [] });
});

test('a half-written, malformed or overlong file drops only its own field', async () => {
  writeFileSync(join(io.evidenceDir, 'tests'), '{"name":"a.sh","exit');
  writeFileSync(join(io.evidenceDir, 'versions'), '{"running":3}');
  writeFileSync(join(io.evidenceDir, 'builtPath'), 'x'.repeat(100_000));
  writeFileSync(join(io.evidenceDir, 'lockHash'), '\n');
  writeFileSync(join(io.evidenceDir, 'fetchedCommit'), 'abc\n');
  assert.equal(await readEvidence(io.evidenceDir), { fetchedCommit: 'abc' });
});

test('a value too long for a frame drops its field', async () => {
  writeFileSync(join(io.evidenceDir, 'builtPath'), `a${'\u0001'.repeat(60_000)}b`);
  writeFileSync(join(io.evidenceDir, 'fetchedCommit'), 'abc\n');
  assert.equal(await readEvidence(io.evidenceDir), { fetchedCommit: 'abc' });
});

test('a list too long for a frame keeps its beginning, and every failed test', async () => {
  const result = (n: number) => ({ name: `test-${n}.sh`, exitCode: n < 600 ? 0 : 1, durationMs: n });
  for (let n = 0; n < 610; n += 1) await addTestResult(io, result(n));
  await writeFailedUnits(
    io,
    'failedUnits',
    Array.from({ length: 2_000 }, (_, n) => `${'long-'.repeat(60)}${n}.service`),
  );
  const { tests = [], failedUnits = [] } = await readEvidence(io.evidenceDir);
  assert.is(tests.length, MAX_TESTS);
  assert.equal(
    tests.filter(({ exitCode }) => exitCode === 1).map(({ name }) => name),
    Array.from({ length: 10 }, (_, n) => `test-${600 + n}.sh`),
  );
  assert.ok(failedUnits.length > 100 && JSON.stringify(failedUnits).length <= 64 * 1024, `${failedUnits.length} units`);
  assert.ok(failedUnits.every((unit) => unit.length === 255 && unit.endsWith('…')));
});

test('a missing folder has no evidence', async () => {
  assert.equal(await readEvidence(join(io.evidenceDir, 'missing')), {});
});

test.run();
