import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LINE_BYTES } from './output-lines.ts';
import { createOutputSource } from './output-source.ts';

const encoder = new TextEncoder();

/** An output on a server that keeps count of what is fetched. */
function serve(text: string) {
  let held = encoder.encode(text);
  let fetched = 0;
  const index = async () => {
    const marks: { offset: number; line: number; at: number }[] = [];
    let line = 1;
    for (const [offset, byte] of held.entries()) {
      if (offset % 65_536 === 0) marks.push({ offset, line, at: 0 });
      if (byte === 10) line += 1;
    }
    const lines = line - (held.at(-1) === 10 || held.length === 0 ? 1 : 0);
    return { bytes: held.length, lines, marks };
  };
  const source = createOutputSource({
    index,
    read: async (offset, limit) => {
      fetched += limit;
      return held.slice(offset, offset + limit);
    },
    onChange: () => {},
  });
  return {
    source,
    fetched: () => fetched,
    /** It grows, and the feed says so. */
    grow(data: string) {
      const offset = held.length;
      held = encoder.encode(new TextDecoder().decode(held) + data);
      return source.append({ offset, data, next: held.length });
    },
  };
}

/** The line's text once it is there. */
async function textOf(source: ReturnType<typeof serve>['source'], number: number) {
  for (let tries = 0; tries < 20; tries += 1) {
    const line = source.line(number);
    if (line) return line.text;
    await Promise.resolve();
  }
  return undefined;
}

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join('');

test('of a long output only what is looked at is fetched', async () => {
  const { source, fetched } = serve(numbered(1, 200_000));
  await source.load();
  assert.is(source.lines(), 200_000);
  for (const number of [1, 100_000, 150_001, 200_000]) assert.is(await textOf(source, number), `line ${number}`);
  assert.ok(fetched() < 5 * 80_000, `${fetched()} bytes`);
});

test('the line of an offset is found, wherever in it the offset lies', async () => {
  const { source } = serve(`${numbered(1, 20_000)}the end`);
  await source.load();
  const offset = encoder.encode(numbered(1, 15_000)).length;
  assert.is(await source.lineAt(offset), 15_001);
  assert.is(await source.lineAt(offset + 3), 15_001);
  assert.is(await source.lineAt(offset - 1), 15_000);
  assert.is(await source.lineAt(source.bytes() - 1), 20_001);
});

test('what is followed grows without fetching, piece by piece and through cut lines', async () => {
  const { source, grow, fetched } = serve('one\ntw');
  await source.load();
  const before = fetched();
  assert.ok(grow('o\nthree'));
  assert.is(source.lines(), 3);
  assert.ok(grow('\n'));
  assert.is(source.lines(), 3);
  for (let n = 4; n < 30_000; n += 100) assert.ok(grow(numbered(n, n + 99)));
  assert.is(await textOf(source, 2), 'two');
  assert.is(await textOf(source, 29_000), 'line 29000');
  assert.is(source.lines(), 30_003);
  assert.ok(fetched() - before < 200_000);
});

test('a line that comes in pieces is shown whole, wherever the pieces end', async () => {
  const { source, grow } = serve('');
  await source.load();
  const text = numbered(1, 20_000);
  for (let at = 0; at < text.length; at += 997) assert.ok(grow(text.slice(at, at + 997)));
  assert.is(source.lines(), 20_000);
  for (let number = 1; number <= 20_000; number += 1) assert.is(await textOf(source, number), `line ${number}`);
});

test('a followed line of megabytes is held no further than it is shown, and what follows it keeps its number', async () => {
  const { source, grow } = serve('');
  await source.load();
  for (const piece of ['first\n', ...Array(20).fill('x'.repeat(60_000)), '\nlast\n']) assert.ok(grow(piece));
  assert.is(source.lines(), 3);
  assert.is(await textOf(source, 3), 'last');
  assert.is((await textOf(source, 2))?.length, LINE_BYTES);
});

test('one that begins empty is followed from its first byte', async () => {
  const { source, grow } = serve('');
  await source.load();
  assert.ok(grow('a\nb'));
  assert.equal([source.lines(), await textOf(source, 1), await textOf(source, 2)], [2, 'a', 'b']);
});

test('a piece that was there already changes nothing, one behind a gap is refused', async () => {
  const { source } = serve('one\n');
  await source.load();
  assert.ok(source.append({ offset: 0, data: 'one\n', next: 4 }));
  assert.is(source.lines(), 1);
  assert.not.ok(source.append({ offset: 9, data: 'x', next: 10 }));
  assert.not.ok(source.append({ offset: 4, data: '�', next: 5 }), 'a broken character has another length');
});

test.run();
