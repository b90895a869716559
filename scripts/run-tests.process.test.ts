import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { runSuiteProcess, type SuiteOutcome } from './suite-process.ts';

const ROOT = resolve(import.meta.dirname, '..');
const RUNNER = join(ROOT, 'scripts/run-tests.ts');
const folder = mkdtempSync(join(tmpdir(), 'run-tests-'));
/** The file to which fixtures report while they run. */
const logFile = join(folder, 'log');

test.before.each(() => writeFileSync(logFile, ''));
test.after(() => rmSync(folder, { recursive: true }));

type Run = { status: number | null; output: string; lastLine: string };

function start(args: string[], cwd = ROOT): ChildProcess {
  return spawn(process.execPath, [RUNNER, ...args], {
    cwd,
    env: { ...process.env, LOG_FILE: logFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(runner: ChildProcess): Promise<Run> {
  assert.ok(runner.stdout && runner.stderr);
  const exit = new Promise<number | null>((done) => runner.on('exit', done));
  const [output, errors] = await Promise.all([text(runner.stdout), text(runner.stderr)]);
  return { status: await exit, output: output + errors, lastLine: output.trimEnd().split('\n').at(-1) ?? '' };
}

const fixture = (name: string) => `scripts/fixtures/suites/${name}.suite.ts`;

const run = (...args: string[]) => ended(start(args));

const logged = () => readFileSync(logFile, 'utf8');

function isAlive(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

const until = (holds: () => boolean) => waitFor(String(holds), holds);

test('suites that pass are counted, and the last line is plain', async () => {
  const { status, lastLine, output } = await run(fixture('passing'));
  assert.is(status, 0);
  assert.is(lastLine, '2 passed, 0 failed');
  assert.match(output, /^ok +scripts\/fixtures\/suites\/passing\.suite\.ts +2 passed +\d+ ms$/m);
  assert.not.match(output, '\u001b');
});

test('a failing test is printed with its title, difference and place', async () => {
  const { status, lastLine, output } = await run(fixture('failing'), fixture('passing'));
  assert.is(status, 1);
  assert.is(lastLine, '3 passed, 1 failed');
  assert.match(output, '"two and two are five"');
  assert.match(output, /\+\+5 +\(Expected\)\s+--4 +\(Actual\)/);
  assert.match(output, 'failing.suite.ts:4');
});

/** Suites that uvu itself would let pass, or hang on: fixture, its counts, the expected message. */
const TRAPS: [name: string, counts: string, said: RegExp][] = [
  ['no-run', '0 passed, 1 failed', /never calls test\.run\(\)/],
  ['no-tests', '0 passed, 1 failed', /has no tests/],
  ['leaked-timer', '1 passed, 1 failed', /does not end after its tests: something is left open \(Timeout\)/],
  ['lost-exit-code', '1 passed, 1 failed', /ended with status 3 after its tests/],
  ['exits', '0 passed, 1 failed', /ended with status 0 before its tests were done/],
  ['throws', '0 passed, 1 failed', /ended with status 1 before its tests were done[\s\S]*broken at import/],
  ['late-rejection', '1 passed, 1 failed', /ended with status 1 after its tests[\s\S]*too late/],
  ['before-hook', '0 passed, 2 failed', /has a hook that failed/],
  ['changes-process', '1 passed, 1 failed', /leaves its process changed: its environment/],
  ['starts-programs', '1 passed, 1 failed', /starts programs \(echo, sleep, true\): name it NAME\.process\.test\.ts/],
  ['skips-silently', '1 passed, 1 failed, 1 skipped', /skips 1 without a reason/],
];

// The slow ones, at the same time.
const traps = run(...TRAPS.map(([name]) => fixture(name)));
const endless = run('--limit', '1.5', fixture('hung.process'), fixture('busy'));

for (const [name, counts, said] of TRAPS)
  test(`the trap '${name}' fails by name`, async () => {
    const { status, output } = await traps;
    assert.is(status, 1);
    assert.match(output, new RegExp(`^FAIL  ${fixture(name)}  ${counts}  `, 'm'));
    assert.match(output, new RegExp(`^  FAIL  ${fixture(name)} ${said.source}`, 'm'));
  });

test('every suite counts in the sum', async () => {
  assert.is((await traps).lastLine, '6 passed, 12 failed, 1 skipped');
});

test('a pattern that matches nothing fails, though others match', async () => {
  const { status, output, lastLine } = await run('nowhere/**/*.test.ts', fixture('passing'));
  assert.is(status, 1);
  assert.match(output, 'no file matches nowhere/**/*.test.ts');
  assert.is(lastLine, '2 passed, 1 failed');
});

test('no pattern at all fails', async () => {
  assert.is((await run()).status, 1);
});

test('the default pattern applies to a run without patterns', async () => {
  const byDefault = ['--default', fixture('passing')];
  assert.is((await run(...byDefault)).lastLine, '2 passed, 0 failed');
  assert.is((await run(...byDefault, fixture('own-process'))).lastLine, '1 passed, 0 failed');
});

test('a suite that never ends is killed at its limit, with the processes it started', async () => {
  const { status, output, lastLine } = await endless;
  assert.is(status, 1);
  assert.match(output, /hung\.process\.suite\.ts was killed: still running after 1\.5 s/);
  assert.is(lastLine, '0 passed, 2 failed');
  const pids = /pids (\d+ \d+)/.exec(output)?.[1];
  assert.ok(pids);
  await until(() => !pids.split(' ').some(isAlive));
});

test('a suite that blocks its event loop is killed at its limit', async () => {
  assert.match((await endless).output, /busy\.suite\.ts was killed/);
});

test('skipped tests are counted with their reason', async () => {
  const { status, output, lastLine } = await run(fixture('skips'));
  assert.is(status, 0);
  assert.match(output, `skipped in ${fixture('skips')}: there is no nix here`);
  assert.is(lastLine, '1 passed, 0 failed, 1 skipped');
});

test('whole-system suites run after the others, five at a time, and then those that measure, one at a time', async () => {
  const { output, lastLine } = await ended(
    start(['--jobs', '3', '**/*.suite.ts'], join(ROOT, 'scripts/fixtures/house')),
  );
  assert.is(lastLine, '8 passed, 0 failed', output);
  const lines = logged().trim().split('\n');
  // No times are kept for these: the largest comes first.
  const alone = ['second-measuring', 'measuring'].flatMap((name) => [`start ${name}`, `end ${name}`]);
  assert.equal([...lines.slice(0, 2), ...lines.slice(12)], ['start unit', 'end unit', ...alone]);
  // Each of the five has waited for the start of all others.
  assert.equal(lines.slice(2, 12).sort(), [
    'end fifth',
    'end first',
    'end fourth',
    'end second',
    'end third',
    'start fifth',
    'start first',
    'start fourth',
    'start second',
    'start third',
  ]);
});

/** The outcomes of the files that one process began. */
async function inOneProcess(names: string[], limitMs: number): Promise<SuiteOutcome[]> {
  const { signal } = new AbortController();
  const outcomes: SuiteOutcome[] = [];
  const files = names.map(fixture).values();
  const tell = (outcome: SuiteOutcome) => void outcomes.push(outcome);
  await runSuiteProcess(files.next().value ?? '', () => files.next().value, { limitMs, signal, tell });
  return outcomes;
}

for (const [name, , said] of TRAPS)
  test(`the trap '${name}' fails by name also where it shares its process, and the one after it has its turn`, async () => {
    const [trap, passing] = await inOneProcess([name, 'passing'], 10_000);
    assert.is(trap?.file, fixture(name));
    assert.match(`${fixture(name)} ${trap?.faults.join()}${trap?.output}`, said);
    // Otherwise it is reported as not begun.
    if (passing) assert.equal([passing.file, passing.passed, passing.failed], [fixture('passing'), 2, 0]);
  });

test('suites that share a process each have their own output, reasons and time limit', async () => {
  const names = ['skips', 'skips-silently', 'hung.process', 'passing'];
  const [skips, silent, hung, ...others] = await inOneProcess(names, 1_500);
  assert.equal([skips?.failed, skips?.skipReasons], [0, ['there is no nix here']]);
  assert.match(String(silent?.faults), 'skips 1 without a reason');
  assert.match(String(hung?.faults), 'was killed: still running after 1.5 s');
  assert.equal(others, []);
});

test('a suite with a process of its own may change it', async () => {
  const { lastLine, output } = await run(fixture('own-process'), fixture('passing'));
  assert.is(lastLine, '3 passed, 0 failed', output);
});

test('a run ends with the time of each slow suite', async () => {
  const { output } = await endless;
  assert.match(
    output,
    /^slowest first, in seconds:\n +\d+\.\d {2}scripts\/fixtures\/suites\/(hung\.process|busy)\.suite\.ts$/m,
  );
});

test('an interrupted run kills its suites and fails', async () => {
  const runner = start(['scripts/fixtures/house/tests/first.suite.ts']);
  await until(() => logged() === 'start first\n');
  runner.kill('SIGTERM');
  const { status, output } = await ended(runner);
  assert.is(status, 1);
  assert.match(output, 'interrupted');
  assert.is(logged(), 'start first\n');
});

test.run();
