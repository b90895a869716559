import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog } from '../config/log.ts';
import { sampleId } from '../lifecycle/fixtures/sample.ts';
import { fileSize, MARK_BYTES, marksPath, outputPath } from './file.ts';
import { createFileKeeper } from './file-keeper.ts';
import { createOutputIndexer, type OutputIndexer } from './index.ts';
import { createOutputReader, type OutputReader } from './reader.ts';
import { createOutputSearch, ERRORS, type SearchOutput } from './search.ts';

const ID = sampleId(1);

type Rig = {
  reader: OutputReader;
  indexer: OutputIndexer;
  search: SearchOutput;
  write(content: string | Uint8Array): void;
  arrivals(...marks: [offset: number, at: number][]): void;
};

async function withOutput(content: string | Uint8Array, use: (rig: Rig) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-search-'));
  const path = outputPath(dir, ID);
  mkdirSync(dirname(path), { recursive: true });
  const outputs = { know: () => {}, size: (id: string) => fileSize(outputPath(dir, id)) };
  const keeper = createFileKeeper({ dir, log: createLog('silent') });
  const reader = createOutputReader({ keeper, outputs });
  const indexer = createOutputIndexer({ keeper, outputs, reader });
  const rig: Rig = {
    reader,
    indexer,
    search: createOutputSearch({ reader, indexer }),
    write: (more) => writeFileSync(path, more),
    arrivals(...marks) {
      const bytes = Buffer.alloc(marks.length * MARK_BYTES);
      for (const [index, pair] of marks.entries())
        for (const [place, value] of pair.entries())
          bytes.writeBigUInt64BE(BigInt(value), index * MARK_BYTES + place * 8);
      writeFileSync(marksPath(dir, ID), bytes);
    },
  };
  try {
    rig.write(content);
    await use(rig);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('a range is read as it stands, and nothing past the end', () =>
  withOutput('0123456789', async ({ reader }) => {
    const read = async (offset: number, limit: number) => Buffer.from(await reader.slice(ID, offset, limit)).toString();
    assert.equal([await read(0, 4), await read(8, 99), await read(10, 1), await read(50, 1)], ['0123', '89', '', '']);
    assert.is((await reader.slice(sampleId(2), 0, 9)).length, 0, 'a command without output');
  }));

test('a long range comes in bounded pieces', () =>
  withOutput(Buffer.alloc(1_000_000, 'x'), async ({ reader }) => {
    let total = 0;
    for await (const piece of reader.read(ID, 0, Number.MAX_SAFE_INTEGER)) {
      assert.ok(piece.length <= 64 * 1024);
      total += piece.length;
    }
    assert.is(total, 1_000_000);
  }));

test('the index leads from an offset to its line and the time it came', () =>
  withOutput('one\ntwo\nthree', async ({ indexer, arrivals, write }) => {
    arrivals([0, 100], [6, 200]);
    const marks = [
      { offset: 0, line: 1, at: 100 },
      { offset: 6, line: 2, at: 200 },
    ];
    assert.equal(await indexer.index(ID), { bytes: 13, lines: 3, marks });
    arrivals([0, 100], [6, 200], [13, 300]);
    write('one\ntwo\nthree\nfour\n');
    assert.equal(await indexer.index(ID), { bytes: 19, lines: 4, marks: [...marks, { offset: 13, line: 3, at: 300 }] });
  }));

test('a long output has a mark at least every 64 KiB, and every call at once gets the same', () =>
  withOutput('0123456789abcde\n'.repeat(20_000), async ({ indexer, arrivals }) => {
    arrivals([0, 1], [0, 2], [100_000, 9]);
    const [index, same] = await Promise.all([indexer.index(ID), indexer.index(ID)]);
    assert.equal(index, same);
    assert.is(index.lines, 20_000);
    assert.equal(
      index.marks.map(({ offset, line, at }) => [offset, line, at]),
      [0, 65_536, 100_000, 131_072, 196_608, 262_144].map((offset) => [
        offset,
        Math.floor(offset / 16) + 1,
        offset < 100_000 ? 1 : 9,
      ]),
    );
    assert.is(await indexer.lineAt(ID, 150_000), 9376);
    assert.is(await indexer.lineAt(ID, 0), 1);
  }));

test('no output has an empty index', () =>
  withOutput('', async ({ indexer }) => {
    assert.equal(await indexer.index(sampleId(2)), { bytes: 0, lines: 0, marks: [] });
  }));

const places = async (rig: Rig, query: string, from = 0, limit = 100) =>
  (await rig.search(ID, query, from, limit)).matches.map(({ offset, line }) => [offset, line]);

test('the query is found literally, in any case, with offset and line', () =>
  withOutput('An Error.\nno\nERROR error\n', async (rig) => {
    assert.equal(await places(rig, 'error'), [
      [3, 1],
      [13, 3],
      [19, 3],
    ]);
    assert.equal(await places(rig, 'Error.'), [[3, 1]]);
    assert.equal(await places(rig, '(a+)+$'), []);
    assert.equal(await places(rig, ''), []);
    assert.equal((await rig.search(ID, 'no', 0, 9)).matches, [{ offset: 10, line: 2, text: 'no' }]);
  }));

test('case does not matter beyond ASCII, and offsets are bytes', () =>
  withOutput('ÄRGER über Übermut 日本', async (rig) => {
    assert.equal(await places(rig, 'ü'), [
      [7, 1],
      [13, 1],
    ]);
    assert.equal(await places(rig, 'ärger'), [[0, 1]]);
    assert.equal(await places(rig, '本'), [[25, 1]]);
  }));

test('a search continues where it stopped, with the right lines, to the end', () =>
  withOutput('x\n'.repeat(5), async (rig) => {
    const first = await rig.search(ID, 'x', 0, 2);
    assert.equal([first.matches.map(({ line }) => line), first.next], [[1, 2], 4]);
    const second = await rig.search(ID, 'x', first.next ?? 0, 2);
    assert.equal([second.matches.map(({ line }) => line), second.next], [[3, 4], 8]);
    const third = await rig.search(ID, 'x', second.next ?? 0, 2);
    assert.equal([third.matches.map(({ line }) => line), third.next], [[5], null]);
    assert.is((await rig.search(ID, 'x', 0, 5)).next, null, 'all found: no further page');
  }));

test('a match across two pieces is found once', () =>
  withOutput(`${'.'.repeat(64 * 1024 - 3)}needle\n${'.'.repeat(300_000)}\nneedle`, async (rig) => {
    assert.equal(await places(rig, 'needle'), [
      [64 * 1024 - 3, 1],
      [64 * 1024 + 300_005, 3],
    ]);
  }));

test('matches do not overlap, even at the end of a piece', () =>
  withOutput(`${'.'.repeat(64 * 1024 - 4)}aaaaaaa`, async (rig) => {
    assert.equal(await places(rig, 'aaa'), [
      [64 * 1024 - 4, 1],
      [64 * 1024 - 1, 1],
    ]);
  }));

test("a match's text is its line, or the part around it in a long line, cut at whole characters", () =>
  withOutput(`before\n${'日'.repeat(500)}needle${'日'.repeat(500)}\nafter`, async (rig) => {
    const { matches } = await rig.search(ID, 'needle', 0, 9);
    assert.is(matches[0]?.text, `${'日'.repeat(66)}needle${'日'.repeat(131)}`);
    const [after] = (await rig.search(ID, 'AFT', 0, 9)).matches;
    assert.equal([after?.text, after?.line], ['after', 3]);
  }));

test('binary output is searched too', () =>
  withOutput(Buffer.from([0, 0xff, 0xc3, 0x28, 10, 0x61, 0, 0x62, 0xfe]), async (rig) => {
    assert.equal(await places(rig, 'a\0b'), [[5, 2]]);
    const [found] = (await rig.search(ID, 'b', 0, 9)).matches;
    assert.is(found?.text, 'a\0b\ufffd');
  }));

test('errors are found by the form of a line, not by the letters of the word', () => {
  const noise = `${'gcc -Wno-error=format-security -c a.c\n'.repeat(4_000)}0 errors\n${'gcc -Wno-error=x\n'.repeat(2)}`;
  const log = `${noise}\u001b[31;1merror:\u001b[0m no space left\n  at a.nix:3\nmake: *** [all] Error 2\nit exited with status 1\n`;
  return withOutput(log, async ({ search }) => {
    const { matches, next } = await search(ID, ERRORS, 0, 10);
    assert.equal(
      matches.map(({ line, text }) => `${line}: ${stripVTControlCharacters(text)}`),
      ['4004: error: no space left', '4006: make: *** [all] Error 2', '4007: it exited with status 1'],
    );
    assert.is(matches[0]?.offset, noise.length);
    assert.is(next, null);
    assert.is((await search(ID, ERRORS, noise.length + 1, 1)).matches[0]?.line, 4006, 'from within a line on');
  });
});

test('an error is looked for in a line of any length in no time', () =>
  withOutput(Buffer.alloc(10_000_000, 'mError'), async ({ search }) => {
    const begun = performance.now();
    assert.equal(await search(ID, ERRORS, 0, 10), { matches: [], next: null });
    assert.ok(performance.now() - begun < 5_000);
  }));

test('a search reads the output once, however many places it finds', async () => {
  const outputs = { 'many lines': 'match\n'.repeat(700_000), 'one line': 'match '.repeat(700_000) };
  for (const [what, content] of Object.entries(outputs))
    await withOutput(content, async ({ reader, indexer }) => {
      let bytesRead = 0;
      const counting: OutputReader = {
        async *read(...range) {
          for await (const piece of reader.read(...range)) {
            bytesRead += piece.length;
            yield piece;
          }
        },
        async slice(...range) {
          const bytes = await reader.slice(...range);
          bytesRead += bytes.length;
          return bytes;
        },
      };
      const search = createOutputSearch({ reader: counting, indexer });
      const { matches, next } = await search(ID, 'MATCH', 0, 10_000);
      assert.is(matches.length, 10_000, what);
      assert.is(next, 60_000);
      assert.ok(bytesRead <= 2 * 64 * 1024, `${what}: ${bytesRead} bytes were read`);
      bytesRead = 0;
      assert.equal(await search(ID, 'no such', 0, 1), { matches: [], next: null });
      assert.is(bytesRead, content.length);
    });
});

test.run();
