import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unreadable } from './unreadable.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

test("another user's private file comes with advice", () => {
  for (const code of ['EACCES', 'EPERM'])
    assert.match(
      unreadable(failure(code)),
      new RegExp(`^cannot be read \\(${code}\\): the coordinator’s user .* LoadCredential`),
    );
});

test('a missing file, or a folder in its place, is named as such', () => {
  assert.is(unreadable(failure('ENOENT')), 'cannot be read (ENOENT)');
  assert.is(unreadable('why'), 'cannot be read (why)');
});

test.run();
