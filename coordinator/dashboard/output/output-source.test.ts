import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LINE_BYTES } from './output-lines.ts';
import { createOutputSource } from './output-source.ts';

const encoder = new TextEncoder();

/** An output on a server that keeps count of what is fetched, and that can fail. */
function serve(text: string) {
  let held = encoder.encode(text);
  let fetched = 0;
  let asked = 0;
  let fails = { index: false, read: false };
  const index = async () => {
    asked += 1;
    if (fails.index) return null;
    const marks: { offset: number; line: number; at: number }[] = [];
    let line = 1;
    for (const [offset, byte] of held.entries()) {
      if (offset % 65_536 === 0) marks.push({ offset, line, at: 0 });
      if (byte === 10) line += 1;
    }
    const lines = line - (held.at(-1) === 10 || held.length === 0 ? 1 : 0);
    return { bytes: held.length, total: held.length, arrival: 'growing' as const, lines, marks };
  };
  let looksAt = 0;
  const source = createOutputSource({
    index,
    read: async (offset, limit) => {
      asked += 1;
      fetched += limit;
      if (fails.read) return null;
      return held.slice(offset, offset + limit);
    },
    // As the page does: each change brings a look at what is shown.
    onChange: () => void (looksAt && source.line(looksAt)),
  });
  return {
    source,
    fetched: () => fetched,
    asked: () => asked,
    fail(what: Partial<typeof fails>) {
      fails = { index: false, read: false, ...what };
    },
    look(number: number) {
      looksAt = number;
      source.line(number);
    },
    /** It grows, and the feed has not said so yet. */
    growUnsaid(data: string) {
      held = encoder.encode(new TextDecoder().decode(held) + data);
    },
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

test('only the visible part of a long output is fetched', async () => {
  const { source, fetched } = serve(numbered(1, 200_000));
  await source.load();
  assert.is(source.lines(), 200_000);
  for (const number of [1, 100_000, 150_001, 200_000]) assert.is(await textOf(source, number), `line ${number}`);
  assert.ok(fetched() < 5 * 80_000, `${fetched()} bytes`);
});

test("an offset's line is found, wherever in it the offset lies", async () => {
  const { source } = serve(`${numbered(1, 20_000)}the end`);
  await source.load();
  const offset = encoder.encode(numbered(1, 15_000)).length;
  assert.is(await source.lineAt(offset), 15_001);
  assert.is(await source.lineAt(offset + 3), 15_001);
  assert.is(await source.lineAt(offset - 1), 15_000);
  assert.is(await source.lineAt(source.bytes() - 1), 20_001);
});

test('a match in newer output is fetched, and not mistaken for the last known line', async () => {
  const { source, growUnsaid } = serve(numbered(1, 1_000));
  await source.load();
  const offset = source.bytes() + encoder.encode(numbered(1_001, 2_000)).length;
  growUnsaid(`${numbered(1_001, 2_000)}error: at last\n`);
  assert.is(await source.lineAt(offset), 2_001);
  assert.is(await textOf(source, 2_001), 'error: at last');
  assert.is(await source.lineAt(source.bytes() + 10), 2_001, 'past the end: the last one');
});

test('followed output grows without fetching, piece by piece and through cut lines', async () => {
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

test('a line in pieces is shown whole, wherever the pieces end', async () => {
  const { source, grow } = serve('');
  await source.load();
  const text = numbered(1, 20_000);
  for (let at = 0; at < text.length; at += 997) assert.ok(grow(text.slice(at, at + 997)));
  assert.is(source.lines(), 20_000);
  for (let number = 1; number <= 20_000; number += 1) assert.is(await textOf(source, number), `line ${number}`);
});

test('a followed line of megabytes is held only as far as it is shown, and the following lines keep their numbers', async () => {
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

const settled = async () => {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
};

test('a failed part is unread, not empty; it is asked for once per try, and comes with a later one', async () => {
  const { source, fail, look, asked } = serve(numbered(1, 200_000));
  await source.load();
  fail({ read: true });
  const before = asked();
  look(100_000);
  await settled();
  assert.is(source.line(100_000), undefined);
  assert.ok(source.isUnread(100_000));
  assert.not.ok(source.isUnread(200_000), 'the end is there');
  for (let looks = 0; looks < 10; looks += 1) look(100_000);
  await settled();
  assert.is(asked() - before, 1, 'looks alone ask for nothing');
  await source.retry();
  await settled();
  assert.is(asked() - before, 2);
  assert.ok(source.isUnread(100_000));
  fail({});
  await source.retry();
  assert.is(await textOf(source, 100_000), 'line 100000');
  assert.not.ok(source.isUnread(100_000));
  assert.is(asked() - before, 3);
});

test('an unread part names no line for an offset', async () => {
  const { source, fail } = serve(numbered(1, 20_000));
  await source.load();
  fail({ read: true });
  const offset = encoder.encode(numbered(1, 15_000)).length;
  assert.is(await source.lineAt(offset), null);
  fail({});
  assert.is(await source.lineAt(offset), 15_001);
});

for (const [what, fault] of [
  ['its index', { index: true }],
  ['its end', { read: true }],
] as const)
  test(`where ${what} could not be read, newer output asks for nothing, and everything comes with a try`, async () => {
    const { source, fail, grow, asked } = serve('one\n');
    fail(fault);
    await source.load();
    assert.ok(source.isEndUnread());
    const before = asked();
    for (let n = 2; n < 10; n += 1) assert.ok(grow(`line ${n}\n`), 'no load is due');
    assert.is(asked(), before);
    fail({});
    await source.retry();
    assert.not.ok(source.isEndUnread());
    assert.is(source.lines(), 9);
    assert.is(await textOf(source, 9), 'line 9');
  });

test('output that arrives during the question for its length is not lost, even if nothing follows', async () => {
  const { source, grow } = serve('one\n');
  const loading = source.load();
  assert.ok(grow('two\n'));
  await Promise.resolve();
  assert.ok(grow('three\n'));
  await loading;
  assert.equal([source.lines(), await textOf(source, 3)], [3, 'three']);
});

test.run();
