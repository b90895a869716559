import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { readChecks } from '../step/checks.ts';
import type { ProgramEnd } from '../step/step-program.ts';
import { refreshSystem } from './system-refresh.ts';

const dirs: string[] = [];
test.after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** With the folder itself as what is active. */
async function refresh(evaluation: (active: string) => ProgramEnd) {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-refresh-'));
  dirs.push(dir);
  const [link, checksFile] = [join(dir, 'active'), join(dir, 'checks.json')];
  symlinkSync(dir, link);
  const said: string[] = [];
  const io = {
    clock: createFakeClock(),
    evidenceDir: dir,
    run: async () => evaluation(dir),
    say: (line: string) => said.push(line),
  };
  const code = await refreshSystem([dir, '.#web1', '--no-write-lock-file', checksFile, link], io);
  return { code, said, status: (await readChecks(checksFile)).system?.status };
}

for (const [what, evaluation, code, status] of [
  ['what is active is what the configuration asks for', (active: string) => ({ code: 0, stdout: active }), 0, 'ok'],
  ['it asks for something else', () => ({ code: 0, stdout: '/nix/store/x' }), 0, 'outdated'],
  ['it cannot be evaluated', () => ({ code: 1, stdout: '' }), 1, 'error'],
  ['the evaluation was killed', () => ({ code: 1, stdout: '', interrupted: true }), 1, undefined],
] as const)
  test(`where ${what} the check says ${status ?? 'nothing new'}`, async () => {
    const end = await refresh(evaluation);
    assert.equal([end.code, end.status, end.said.length], [code, status, status === undefined ? 0 : 1]);
  });

test.run();
