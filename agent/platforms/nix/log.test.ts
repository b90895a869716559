import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { event, recording, replay, result, start } from './fixtures/nix-log.ts';
import { createNixLog } from './log.ts';

test('a build is shown with the name of its package before each line, and reported with its phase', () => {
  const { shown, told } = replay(recording('one-build'));
  assert.is(
    shown,
    [
      "building '/nix/store/03xj7dr8d0qilj0z1rf36q4jzcw10pdd-hello-1.0.drv'",
      'hello-1.0> on stdout',
      'hello-1.0> on stderr',
      'hello-1.0> red',
      'hello-1.0> ',
      '',
    ].join('\n'),
  );
  assert.equal(told, [
    'evaluating',
    'evaluating, 1 file',
    'nothing to build or fetch',
    '0 of 1 built',
    '0 of 1 built · hello-1.0',
    '0 of 1 built · hello-1.0 (buildPhase)',
    '1 of 1 built · hello-1.0 (buildPhase)',
    '1 of 1 built',
  ]);
});

test('the longest of several builds is named', () => {
  const log = createNixLog();
  const { shown, told } = replay(recording('several-builds'), log);
  assert.match(shown, 'liba-1.0> a\nlibb-2.0> b\nbuilding ');
  assert.equal(told.slice(7), [
    '0 of 3 built · liba-1.0 and 1 more',
    '1 of 3 built · liba-1.0 and 1 more',
    '1 of 3 built · libb-2.0',
    '2 of 3 built · libb-2.0',
    '2 of 3 built',
    '2 of 3 built · app-3.0',
    '3 of 3 built · app-3.0',
    '3 of 3 built',
  ]);
  assert.equal(log.progress(), { current: 3, total: 3, text: '3 of 3 built' });
});

test('a failed build stays counted, and its errors are shown whole, without colours', () => {
  const { shown, told } = replay(recording('failed-build'));
  assert.is(
    shown.slice(shown.indexOf('broken-1.0> before')),
    [
      'broken-1.0> before',
      'broken-1.0> no such header',
      "error: builder for '/nix/store/14dhz0nmigx6439wg6bszzmyih7xziji-broken-1.0.drv' failed with exit code 3",
      "error: 1 dependencies of derivation '/nix/store/54rba51mawbr3sjb27s5ryrlbakl51l4-system.drv' failed to build",
      '',
    ].join('\n'),
  );
  assert.ok(told.includes('0 of 3 built, 1 failed · broken-1.0 and 1 more'));
  assert.is(told.at(-1), '0 of 3 built, 1 failed', 'what nix expects no longer was to be built all the same');
});

test('warnings, traces, errors of several lines and the evaluation are shown', () => {
  const { shown, told } = replay(recording('evaluation-error'));
  assert.is(
    shown,
    [
      "warning: Git tree '/srv/config' is dirty",
      'trace: looking at wrong',
      'error: the option services.web is',
      '       set twice',
      '',
    ].join('\n'),
  );
  assert.is(told.at(-1), 'evaluating, 1 file');
});

for (const [kind, cache] of [
  ['file', 'file:///srv/cache'],
  ['http', 'http://127.0.0.1:8080'],
] as const)
  test(`progress counts paths and bytes from a ${kind} cache`, () => {
    const log = createNixLog();
    const { shown, told } = replay(recording(`${kind}-cache`), log);
    assert.is(
      shown,
      [
        `copying path '/nix/store/r9gicjka6w91fazwn21axwxwd5cldsxh-data-1.0' from '${cache}'`,
        `copying path '/nix/store/acyah4ng7ihgyx0gb1k34babgjbcfmk7-bundle-1.0' from '${cache}'`,
        '',
      ].join('\n'),
    );
    for (const text of [
      '0 of 1 built, 0 of 2 fetched, 24 of 88 KiB · data-1.0',
      '0 of 1 built, 1 of 2 fetched, 72 of 88 KiB · bundle-1.0',
    ])
      assert.ok(told.includes(text), told.join('\n'));
    log.succeeds();
    assert.equal(log.progress(), { current: 2, total: 2, text: '2 of 2 fetched, 88 KiB' });
  });

for (const [what, line, shown] of [
  ['a line of another program', "fatal: couldn't find remote ref main", null],
  ['an empty line', '', null],
  ['a line that only looks like it', '@nixos {"action":"msg","level":0,"msg":"no"}', null],
  ['JSON that was cut off', '@nix {"action":"msg","level":0,"msg":"bro', null],
  ['an action that nobody knows', event({ action: 'sing', text: 'la' }), null],
  ['a message without a text', event({ action: 'msg', level: 0 }), null],
  ['a message that is not one', event({ action: 'msg', level: 0, msg: 5 }), null],
  ['something else than an object', '@nix [1, 2]', null],
  ['a result of a kind that nobody knows', result(1, 999, 'what is this'), null],
  ['a result for other programs', event({ action: 'result', id: 1, type: 110, payload: { success: true } }), ''],
  ['a file that is evaluated', event({ action: 'msg', level: 4, msg: "evaluating file '/x.nix'" }), ''],
  ['a notice', event({ action: 'msg', level: 2, msg: 'no more' }), 'no more\n'],
  ['an activity that matters', start(1, 999, 'fetching the moon', [], 3), 'fetching the moon\n'],
  ['an activity that does not', start(1, 101, 'downloading X', [], 4), ''],
  ['output of a build that nobody saw begin', result(9, 101, 'words'), 'build> words\n'],
  ['output with a NUL byte and colours', result(9, 101, 'a\0b\u001b[31mc\u001b[0m'), 'build> a\0bc\n'],
  ['output that is no text', result(9, 101), 'build> \n'],
  ['progress that is no numbers', result(9, 105, 'many', null), ''],
] as const)
  test(`${what} is ${shown === null ? 'passed as it is' : shown === '' ? 'not shown' : 'shown'}`, () => {
    assert.is(createNixLog().read(line), shown);
  });

test('the output of a hook after a build is marked', () => {
  const { shown } = replay([
    start(1, 110, 'running post-build-hook', ['/nix/store/03xj7dr8d0qilj0z1rf36q4jzcw10pdd-hello-1.0.drv'], 3),
    result(1, 107, 'uploading'),
  ]);
  assert.is(shown, 'running post-build-hook\nhello-1.0 (post)> uploading\n');
});

test('ids beyond exact numbers are distinguished', () => {
  const build = (id: string, name: string) =>
    `@nix {"action":"start","id":${id},"level":3,"text":"","type":105,"fields":["/nix/store/${name}.drv"]}`;
  const log = createNixLog();
  log.read(build('9007199254740992', 'one'));
  log.read(build('9007199254740993', 'two'));
  assert.is(
    log.read('@nix {"action":"result","id":9007199254740992,"type":101,"fields":["from one"]}'),
    'one> from one\n',
  );
});

test.run();
