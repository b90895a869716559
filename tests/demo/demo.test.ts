import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TEST_TOOLS } from '../../scripts/test-tools.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { hasNix } from '../fixtures/nix-fleet.ts';
import { killAllOf, processesOf } from '../harness/census.ts';
import { COMPILED, type Program, readLog, startProgram } from '../harness/program.ts';

const DEMO = join(import.meta.dirname, 'main.ts');

/** The demo as npm starts it, its output in a file; all that it leaves lies in the test's folder. */
async function withDemo(
  body: (demo: Program, output: () => string, dir: string) => Promise<void>,
  pathIn = (_dir: string): string => process.env.PATH ?? '',
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-demo-test-'));
  const logFile = join(dir, 'output');
  const env = { ...COMPILED, PATH: pathIn(dir), HOME: dir, TMPDIR: dir };
  const demo = startProgram({ argv: [process.execPath, DEMO], env, logFile });
  try {
    await body(demo, () => readLog(logFile), dir);
  } catch (error) {
    console.log(readLog(logFile));
    throw error;
  } finally {
    await killAllOf(dir);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The programs of this machine without those that only tests need, as for a new user with Node and git. */
function newcomersPath(dir: string): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const { git: _, ...absent } = TEST_TOOLS;
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((path) => existsSync(path)))
    for (const name of readdirSync(folder))
      if (!(name in absent) && !existsSync(join(bin, name))) symlinkSync(join(folder, name), join(bin, name));
  return bin;
}

/** Its janitor (tests/harness/folder.ts) ends a moment after it, because it waits for that end. */
const nothingRuns = (dir: string) =>
  waitFor(
    'the end of all processes',
    () => processesOf(dir),
    ({ length }) => length === 0,
  );

/** The folder that the demo made, as it names it. */
const folderIn = (output: string): string => /(\S+switchyard-demo-\w{6})\//.exec(output)?.[1] ?? '';

test('the demo ends with 0 once every outcome was the expected one, in plain text for a log, and leaves nothing', () =>
  withDemo(async (demo, output, dir) => {
    assert.equal(await demo.exited, { code: 0, signal: null });
    const text = output();
    for (const words of [
      '✓ web1 switch SUCCESS, verdict FRESH',
      '✓ web2 switch SUCCESS, verdict UNCHANGED',
      '✕ web1 switch STALE_BINARY, verdict STALE',
      '✕ db1  test   ERROR',
      '✕ 30-backup.sh  exit code 1',
      'db1 │ probe 3 of 3',
      hasNix() ? '✕ web2 pull-switch ROLLED_BACK' : 'left out, as the next: only a system that Nix built',
      ...(hasNix() ? ['✕ web4 failed', '✓ the commit is quarantined', '✓ nothing ran on web2 and db1'] : []),
      'Every outcome is the expected one',
    ])
      assert.match(text, words);
    assert.not.match(text, '\u001b', 'no colours in a file');
    assert.not.ok(existsSync(folderIn(text)));
    await nothingRuns(dir);
  }));

test('the demo starts on a machine without the tests’ tools, and leaves nothing when it is ended', () =>
  withDemo(async (demo, output, dir) => {
    await waitFor('a command', output, (text) => text.includes('› pull on'));
    demo.kill('SIGTERM');
    assert.equal(await demo.exited, { code: 130, signal: null });
    assert.ok(folderIn(output()));
    assert.not.ok(existsSync(folderIn(output())));
    await nothingRuns(dir);
  }, newcomersPath));

test.run();
