import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../../shared/fixtures/wait-for.ts';

const STEP = [process.execPath, join(import.meta.dirname, '..', 'fixtures', 'step-main.ts')] as const;

const dirs: string[] = [];
test.after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** A step as a process, with a program of the test's own in the place of nix. */
function runStep(nix: string | null, step: readonly string[] = ['nix', 'build', 'X']) {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-nix-'));
  dirs.push(dir);
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  if (nix !== null) writeFileSync(join(bin, 'nix'), `#!/bin/bash\n${nix}\n`, { mode: 0o755 });
  const env = {
    PATH: nix === null ? bin : `${bin}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    SWITCHYARD_EVIDENCE_DIR: dir,
  };
  const child: ChildProcess = spawn(STEP[0], [STEP[1], ...step], {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('latin1').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('latin1').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, ...said })),
  );
  const progress = () => JSON.parse(readFileSync(join(dir, 'progress'), 'utf8')) as unknown;
  return { child, dir, said, ended, progress, ready: () => waitFor('nix', () => said.stderr.includes('ready')) };
}

const msg = (text: string, level = 0) => `@nix ${JSON.stringify({ action: 'msg', level, msg: text })}`;

test("nix's events are made readable, other output stays as it is, and its code is passed on", async () => {
  const { ended, progress } = runStep(`echo "$@"
    echo '${msg('error: no')}' >&2
    printf 'NUL \\0, no UTF-8 \\xff\\n@nix {"act' >&2
    exit 7`);
  assert.equal(await ended, {
    code: 7,
    signal: null,
    stdout:
      '--extra-experimental-features nix-command flakes --option accept-flake-config false build X --log-format internal-json -v\n',
    stderr: 'error: no\nNUL \0, no UTF-8 \xff\n@nix {"act',
  });
  assert.equal(progress(), { current: null, total: null, text: 'evaluating' });
});

test('a signal that ends nix becomes 128 + n', async () => {
  const { ended } = runStep('kill -KILL $$');
  assert.is((await ended).code, 128 + constants.signals.SIGKILL);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  test(`${signal} to the step alone reaches nix, whose last words and code count`, async () => {
    const { child, ended, ready } =
      runStep(`trap 'echo "${msg('interrupted').replaceAll('"', '\\"')}" >&2; exit 1' ${signal.slice(3)}
      echo ready >&2; while kill -0 $PPID; do sleep 0.01; done`);
    await ready();
    child.kill(signal);
    const { code, stderr } = await ended;
    assert.equal([code, stderr], [1, 'ready\ninterrupted\n']);
  });

test('an evaluation that was interrupted is not judged', async () => {
  const nix = "trap 'exit 1' TERM; echo ready >&2; while kill -0 $PPID; do sleep 0.01; done";
  const { child, dir, ended, ready } = runStep(nix, [
    'refresh-system',
    '/',
    '.#x',
    '--no-write-lock-file',
    'checks.json',
    '/',
  ]);
  await ready();
  child.kill('SIGTERM');
  assert.equal(await ended, { code: 1, signal: null, stdout: '', stderr: 'ready\n' });
  assert.not.ok(existsSync(join(dir, 'checks.json')));
});

test('a process that nix leaves behind with the output open does not hold up the step', async () => {
  const { said, ended } = runStep(`(echo "$BASHPID" >&2; exec sleep 60 >/dev/null) & echo ready >&2; exit 3`);
  assert.is((await ended).code, 3);
  process.kill(Number(/^\d+$/m.exec(said.stderr)?.[0]), 'SIGKILL');
});

test('a missing nix ends the step as a shell would say it', async () => {
  const { code, stderr } = await runStep(null).ended;
  assert.is(code, 127);
  assert.match(stderr, 'nix: cannot be started');
});

test.run();
