import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { createLog } from '../config/log.ts';
import { sampleId } from '../lifecycle/fixtures/sample.ts';
import type { Held } from './entry.ts';
import { marksPath, outputPath } from './file.ts';
import { createFileKeeper } from './file-keeper.ts';
import { createOutputLog, type OutputLog, type OutputLogDeps } from './log.ts';

const ID = sampleId(1);
const text = (value: string) => Buffer.from(value);

type Known = Partial<Omit<OutputLogDeps, 'keeper'>> & { openFiles?: number };
type Rig = { dir: string; outputs: OutputLog; open(known?: Known): OutputLog; logged: string[] };

async function withOutputs({ openFiles, ...known }: Known, use: (rig: Rig) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-output-'));
  const logged: string[] = [];
  const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line).msg) });
  const opened: OutputLog[] = [];
  const open = (more: Known = {}) => {
    const keeper = createFileKeeper({ dir, log, ...(openFiles && { open: openFiles }) });
    const outputs = createOutputLog({ keeper, limitBytes: 1000, clock: createFakeClock(), log, ...known, ...more });
    opened.push(outputs);
    return outputs;
  };
  try {
    await use({ dir, outputs: open(), open, logged });
  } finally {
    for (const outputs of opened) await outputs.close();
    rmSync(dir, { recursive: true });
  }
}

/** The last answer to an append. */
const answered = (outputs: OutputLog, offset: number, bytes: Uint8Array, id = ID): Promise<Held> =>
  new Promise((resolve) => outputs.append(id, offset, bytes, resolve));

const foundOf = async (outputs: OutputLog, id: string) => (await outputs.found([id])).get(id);

const held = (dir: string, id = ID) => readFileSync(outputPath(dir, id), 'utf8');

test('acknowledged bytes are in the file', () =>
  withOutputs({}, async ({ dir, outputs }) => {
    assert.equal(await answered(outputs, 0, text('hello ')), { acked: 6, bytes: 6, truncated: false });
    assert.is(held(dir), 'hello ');
    assert.equal(await answered(outputs, 6, text('world')), { acked: 11, bytes: 11, truncated: false });
    assert.is(held(dir), 'hello world');
    assert.is(outputs.size(ID), 11);
    assert.is(outputs.resumeAt(ID), 11);
  }));

test('nothing is acknowledged before it is written', () =>
  withOutputs({}, async ({ outputs }) => {
    const answer = answered(outputs, 0, text('hello'));
    assert.is(outputs.resumeAt(ID), 0);
    assert.is(outputs.size(ID), 0);
    await answer;
    assert.is(outputs.resumeAt(ID), 5);
  }));

test('held bytes, written or on their way, are skipped and answered', () =>
  withOutputs({}, async ({ dir, outputs }) => {
    const first = answered(outputs, 0, text('abcdef'));
    const again = answered(outputs, 0, text('abcdef'));
    const overlap = answered(outputs, 3, text('defghi'));
    assert.is((await overlap).acked, 9);
    void first;
    void again;
    assert.is((await answered(outputs, 2, text('cd'))).acked, 9);
    assert.is(held(dir), 'abcdefghi');
  }));

test("a later sender is answered for an earlier one's bytes", () =>
  withOutputs({}, async ({ outputs }) => {
    outputs.append(ID, 0, text('abc'), () => {});
    assert.is((await answered(outputs, 0, text('abc'))).acked, 3);
  }));

test('a gap is refused at once with the offset held', () =>
  withOutputs({}, async ({ dir, outputs }) => {
    await answered(outputs, 0, text('abc'));
    assert.equal(await answered(outputs, 4, text('e')), { acked: 3, bytes: 3, truncated: false });
    assert.is(held(dir), 'abc');
    assert.equal(await answered(outputs, 10, text('x'), sampleId(2)), { acked: 0, bytes: 0, truncated: false });
    assert.not(existsSync(outputPath(dir, sampleId(2))));
  }));

test('a gap behind bytes under way repeats their offset, so that the sender goes back', () =>
  withOutputs({}, async ({ outputs }) => {
    const answers: number[] = [];
    outputs.append(ID, 0, text('abc'), ({ acked }) => void answers.push(acked));
    await new Promise<void>((resolve) =>
      outputs.append(ID, 9, text('x'), ({ acked }) => {
        answers.push(acked);
        resolve();
      }),
    );
    assert.equal(answers, [3, 3]);
  }));

test('past the limit bytes are dropped but acknowledged', () =>
  withOutputs({ limitBytes: 8 }, async ({ dir, outputs, open }) => {
    await answered(outputs, 0, text('12345'));
    assert.equal(await answered(outputs, 5, text('6789')), { acked: 9, bytes: 8, truncated: true });
    assert.equal(await answered(outputs, 9, text('more')), { acked: 13, bytes: 8, truncated: true });
    assert.is(held(dir), '12345678');
    await outputs.close();
    const later = open();
    assert.is(later.resumeAt(ID), 8);
    assert.equal(await answered(later, 13, text('and more')), { acked: 21, bytes: 8, truncated: true });
    assert.is(held(dir), '12345678');
  }));

test('that output was cut is not said before all up to the limit is held', () =>
  withOutputs({ limitBytes: 8 }, async ({ outputs }) => {
    const told: [number, boolean][] = [];
    await answered(outputs, 0, text('1'));
    outputs.append(ID, 1, text('234'), () => {});
    // Comes while the first piece is being written.
    await new Promise<void>((resolve) =>
      outputs.append(ID, 4, text('56789'), ({ acked, bytes, truncated }) => {
        told.push([bytes, truncated]);
        if (acked === 9) resolve();
      }),
    );
    assert.equal(told, [
      [4, false],
      [8, true],
    ]);
  }));

test('output of just the limit is not truncated', () =>
  withOutputs({ limitBytes: 5 }, async ({ outputs }) => {
    assert.equal(await answered(outputs, 0, text('12345')), { acked: 5, bytes: 5, truncated: false });
  }));

test("a restarted coordinator continues at the file's end", () =>
  withOutputs({}, async ({ dir, outputs, open }) => {
    await answered(outputs, 0, text('abc'));
    await outputs.close();
    const later = open();
    assert.is(later.resumeAt(ID), 3);
    assert.is((await answered(later, 1, text('bcdef'))).acked, 6);
    assert.is(held(dir), 'abcdef');
  }));

test('a start finds the existing files, and nothing for an unreadable one', () =>
  withOutputs({}, async ({ dir, outputs, open }) => {
    await answered(outputs, 0, text('hello'));
    const again = open();
    assert.is(await foundOf(again, ID), 5);
    assert.is(await foundOf(again, sampleId(2)), 0);
    const loop = outputPath(dir, sampleId(3));
    mkdirSync(dirname(loop), { recursive: true });
    symlinkSync(loop, loop);
    assert.is(await foundOf(again, sampleId(3)), 0);
  }));

test('many commands at once, with few files open, each end with all their bytes', () =>
  withOutputs({ openFiles: 2 }, async ({ dir, outputs }) => {
    const ids = Array.from({ length: 20 }, (_, n) => sampleId(n));
    for (let offset = 0; offset < 30; offset += 3)
      await Promise.all(ids.map((id) => answered(outputs, offset, text('abc'), id)));
    for (const id of ids) assert.is(held(dir, id), 'abc'.repeat(10));
  }));

test('a file under writing stays open, however many others come', () =>
  withOutputs({ openFiles: 1 }, async ({ outputs }) => {
    outputs.append(ID, 0, text('abc'), () => {});
    outputs.append(sampleId(2), 0, text('x'), () => {});
    assert.is((await answered(outputs, 3, text('def'))).acked, 6);
  }));

test('over the budget a command has one waiting piece; refused ones can come again', () =>
  withOutputs({ budgetBytes: 4 }, async ({ dir, outputs }) => {
    const answers: number[] = [];
    outputs.append(ID, 0, text('abc'), ({ acked }) => void answers.push(acked));
    const refused = answered(outputs, 3, text('def'));
    const other = answered(outputs, 0, text('other'), sampleId(2));
    assert.is((await refused).acked, 3);
    assert.equal(answers, [3]);
    assert.is((await other).acked, 5);
    assert.is((await answered(outputs, 3, text('def'))).acked, 6);
    assert.is(held(dir), 'abcdef');
  }));

test('a full disk acknowledges nothing, is logged once, and is written to again once there is room', async () => {
  const clock = createFakeClock();
  await withOutputs({ clock }, async ({ dir, outputs, logged }) => {
    await answered(outputs, 0, text('kept '), sampleId(2));
    const path = outputPath(dir, ID);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync('/dev/full', path);
    const answers: Held[] = [];
    const last = new Promise<Held>((resolve) => {
      outputs.append(ID, 0, text('abc'), (answer) => void answers.push(answer));
      outputs.append(ID, 3, text('def'), resolve);
    });
    const failures = () => logged.filter((line) => line.includes('cannot be written')).length;
    while (failures() === 0) await new Promise(setImmediate);
    for (let second = 0; second < 3; second += 1) {
      clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (clock.pending() === 0) await new Promise(setImmediate);
    assert.equal([answers.length, failures(), outputs.resumeAt(ID)], [0, 1, 0]);
    assert.is((await answered(outputs, 5, text('too'), sampleId(2))).acked, 8, 'others go on');
    rmSync(path);
    writeFileSync(path, '');
    await outputs.remove(sampleId(2));
    clock.advance(1000);
    assert.is((await last).acked, 6);
    assert.is(held(dir), 'abcdef');
    assert.ok(logged.includes('output can be written again'));
  });
});

test('a removed output leaves no file, and its id begins at zero again', () =>
  withOutputs({}, async ({ dir, outputs }) => {
    const answers: Held[] = [];
    outputs.append(ID, 0, text('abc'), (answer) => void answers.push(answer));
    await outputs.remove(ID);
    assert.is(answers.length, 1, 'what was being written is written first');
    assert.not(existsSync(outputPath(dir, ID)));
    assert.not(existsSync(marksPath(dir, ID)));
    assert.is(outputs.size(ID), 0);
    await outputs.remove(sampleId(9));
  }));

test('a torn mark is written over', () =>
  withOutputs({}, async ({ dir, outputs, open }) => {
    await answered(outputs, 0, text('abc'));
    await outputs.close();
    writeFileSync(marksPath(dir, ID), Buffer.concat([readFileSync(marksPath(dir, ID)), Buffer.alloc(5)]));
    await answered(open(), 3, text('def'));
    const marks = readFileSync(marksPath(dir, ID));
    assert.is(marks.length, 32);
    assert.is(marks.readBigUInt64BE(16), 3n);
  }));

test.run();
