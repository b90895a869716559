import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { event, replay, result, start } from './fixtures/nix-log.ts';
import { createNixLog } from './log.ts';

test("there is no progress before nix's first event", () => {
  const log = createNixLog();
  assert.is(log.progress(), null);
  log.read('warning: from somebody else');
  assert.is(log.progress(), null);
});

test('fetches for the evaluation are shown during it', () => {
  const { told } = replay([
    start(1, 101, "downloading 'https://example.org/nixpkgs.tar.gz'", [], 4),
    result(1, 105, 12 * 2 ** 20, 40 * 2 ** 20, 0, 0),
    event({ action: 'stop', id: 1 }),
    start(2, 112, "fetching Git repository 'https://example.org/x'", [], 4),
    result(2, 108, 'Receiving objects: 45%'),
  ]);
  assert.equal(told, [
    "downloading 'https://example.org/nixpkgs.tar.gz'",
    "downloading 'https://example.org/nixpkgs.tar.gz', 12 of 40 MiB",
    'evaluating',
    "fetching Git repository 'https://example.org/x'",
    "fetching Git repository 'https://example.org/x', Receiving objects: 45%",
  ]);
});

test('builds for the evaluation stay counted afterwards', () => {
  const { told } = replay([
    start(1, 102),
    start(2, 104),
    result(2, 105, 1, 1, 0, 1),
    event({ action: 'stop', id: 2 }),
    event({ action: 'stop', id: 1 }),
    event({ action: 'msg', level: 4, msg: "evaluating file '/x.nix'" }),
    start(3, 102),
    start(4, 104),
    result(4, 105, 0, 4, 0, 0),
  ]);
  assert.equal(told.slice(1), [
    '1 of 2 built, 1 failed',
    'evaluating, 1 file',
    '1 of 2 built, 1 failed',
    '1 of 6 built, 1 failed',
  ]);
});

test('activities that never stop are not gathered without end', () => {
  const log = createNixLog();
  log.read(start(0, 102));
  log.read(start(1, 104));
  log.read(result(1, 105, 0, 1, 1, 0));
  for (let id = 2; id < 20_000; id++) log.read(start(id, 105, '', ['/nix/store/x.drv']));
  assert.is(log.progress()?.text, '0 of 1 built · x and 9997 more');
});

test('the text is short, whatever nix says', () => {
  const log = createNixLog();
  log.read(start(1, 101, `downloading '${'x'.repeat(100_000)}'`, [], 4));
  assert.is(log.progress()?.text?.length, 300);
});

const progressOf = (lines: readonly string[], succeeds = false) => {
  const log = createNixLog();
  for (const line of lines) log.read(`@nix ${line}`);
  if (succeeds) log.succeeds();
  return log.progress();
};

/** Nix 2.34 on three builds: it counts the one under way twice. */
const BUILDS_234 = [
  '{"action":"start","id":1,"level":0,"parent":0,"text":"","type":102}',
  '{"action":"start","id":2,"level":0,"parent":0,"text":"","type":104}',
  ...['[0,3,0,0]', '[1,4,0,0]', '[2,4,0,0]', '[3,4,0,0]'].map(
    (fields) => `{"action":"result","id":2,"type":105,"fields":${fields}}`,
  ),
];

test('after success everything counts as done, whatever nix expected', () => {
  assert.equal(progressOf(BUILDS_234), { current: 3, total: 4, text: '3 of 4 built' });
  assert.equal(progressOf(BUILDS_234, true), { current: 3, total: 3, text: '3 of 3 built' });
});

test('an impossible count leaves the last one', () => {
  for (const count of ['9223372036854775807', '18446744073709551612', '-1', '0.5', '1e400', 'null', '"4"']) {
    const lines = [
      `{"action":"result","id":2,"type":105,"fields":[1,${count},0,${count}]}`,
      `{"action":"result","id":2,"type":106,"fields":[100,${count}]}`,
    ];
    assert.equal(progressOf([...BUILDS_234.slice(0, 4), ...lines]), { current: 1, total: 4, text: '1 of 4 built' });
  }
});

test("nix's guesses before it begins are not a total, and a total never shrinks", () => {
  const log = createNixLog();
  const fetches = '{"action":"start","id":3,"level":0,"parent":0,"text":"","type":103}';
  const told = (id: number, fields: string) => {
    log.read(`@nix {"action":"result","id":${id},"type":105,"fields":${fields}}`);
    const { current, total, text } = log.progress() ?? {};
    return [current, total, text];
  };
  for (const line of [...BUILDS_234.slice(0, 2), fetches]) log.read(`@nix ${line}`);
  assert.equal(told(2, '[0,321,0,0]'), [null, null, '0 of 321 built']);
  assert.equal(told(2, '[0,8,0,0]'), [null, null, '0 of 8 built']);
  assert.equal(told(2, '[1,8,1,0]'), [1, 8, '1 of 8 built']);
  assert.equal(told(3, '[0,2,0,0]'), [1, 10, '1 of 8 built, 0 of 2 fetched']);
  assert.equal(told(3, '[1,1,0,0]'), [2, 10, '1 of 8 built, 1 of 1 fetched']);
  assert.equal(told(2, '[1,2,0,1]'), [2, 10, '1 of 8 built, 1 failed, 1 of 1 fetched']);
});

test.run();
