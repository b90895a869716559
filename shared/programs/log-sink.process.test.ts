import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../time/fake-clock.ts';
import { createLogSink } from './log-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'switchyard-sink-'));
test.after(() => rmSync(folder, { recursive: true }));

let made = 0;

/** A named pipe whose reader reads on demand. */
function makePipe() {
  const path = join(folder, `${++made}`);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const piece = Buffer.alloc(1024 * 1024);
  /** Its present content. */
  const read = (): string => {
    try {
      return piece.toString('utf8', 0, readSync(reader, piece));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  };
  return { path, writer, read, closeReader: () => closeSync(reader) };
}

const line = (n: number) => `${n} ${'x'.repeat(993)}\n`.padStart(1000, '0');
const numbers = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((one) => (one.startsWith('{') ? JSON.parse(one).lost : Number(one.split(' ')[0])));
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test('a line is in a file when write returns', () => {
  const path = join(folder, 'file');
  const fd = openSync(path, 'a');
  const sink = createLogSink({ fd, clock: createFakeClock(), name: 'test' });
  sink.write('{"one":1}\n');
  sink.write('{"two":2}\n');
  assert.is(readFileSync(path, 'utf8'), '{"one":1}\n{"two":2}\n');
  closeSync(fd);
});

test('a stalled reader holds nothing up, and gets every kept line whole and in order', () => {
  const clock = createFakeClock();
  const { writer, read } = makePipe();
  const sink = createLogSink({ fd: writer, clock, name: 'test' });
  for (const n of upTo(250)) sink.write(line(n));
  let text = '';
  for (let n = 0; n < 20; n += 1) {
    text += read();
    clock.advance(500);
  }
  assert.equal(numbers(text), upTo(250));
  assert.is(clock.pending(), 0, 'nothing is tried again where nothing waits');
  sink.write(line(250));
  assert.equal(numbers(read()), [250]);
});

test('lines beyond the bound are lost, and their number is logged once, at their place', () => {
  const clock = createFakeClock();
  const { writer, read } = makePipe();
  const sink = createLogSink({ fd: writer, clock, name: 'test' });
  for (const n of upTo(1_000)) sink.write(line(n));
  let text = '';
  for (let n = 0; n < 20; n += 1) {
    text += read();
    clock.advance(500);
  }
  sink.write(line(1_000));
  text += read();
  const told = numbers(text);
  const kept = told.length - 2;
  assert.ok(kept > 300 && kept < 400, `${kept} lines are kept or written`);
  assert.equal(told, [...upTo(kept), 1_000 - kept, 1_000]);
  const { name, level, reason, msg } = JSON.parse(text.split('\n').at(-3) ?? '');
  assert.equal([name, level, reason], ['test', 40, 'EAGAIN']);
  assert.match(msg, /lines of the log are lost/);
});

test('neither a vanished reader nor a full device ends anything', () => {
  const clock = createFakeClock();
  const { path, writer, closeReader } = makePipe();
  const gone = createLogSink({ fd: writer, clock, name: 'test' });
  closeReader();
  for (const n of upTo(1_000)) gone.write(line(n));
  const again = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  clock.advance(500);
  const piece = Buffer.alloc(1000);
  assert.is(readSync(again, piece), 1000);
  assert.equal(numbers(piece.toString()), [0], 'another reader gets what was kept');
  closeSync(again);

  if (process.platform !== 'linux') return;
  const full = createLogSink({ fd: openSync('/dev/full', 'w'), clock, name: 'test' });
  for (const n of upTo(1_000)) full.write(line(n));
  clock.advance(10_000);
});

test('a program exits even if its log cannot be written', () => {
  const { writer, closeReader } = makePipe();
  closeReader();
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url));
  const program = `
    import { systemClock } from ${module('../time/clock.ts')};
    import { createLogSink } from ${module('./log-sink.ts')};
    createLogSink({ fd: 1, clock: systemClock, name: 'test' }).write('never');
    process.exitCode = 2;`;
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', writer, 'inherit'],
    timeout: 60_000,
  });
  assert.equal([status, signal], [2, null]);
});

test('descriptors of other processes stay as they are', () => {
  if (process.platform !== 'linux') return;
  const { writer } = makePipe();
  createLogSink({ fd: writer, clock: createFakeClock(), name: 'test' });
  const flags = /^flags:\s+0(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${writer}`, 'utf8'))?.[1] ?? '';
  assert.is(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0);
});

test.run();
