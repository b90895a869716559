import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { unreadable } from './unreadable.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

test('a file that another user keeps to itself comes with what to do', () => {
  for (const code of ['EACCES', 'EPERM'])
    assert.match(
      unreadable(failure(code)),
      new RegExp(`^cannot be read \\(${code}\\): the coordinator’s user .* LoadCredential`),
    );
});

test('one that is not there, or is none, is said to be so', () => {
  assert.is(unreadable(failure('ENOENT')), 'cannot be read (ENOENT)');
  assert.is(unreadable('why'), 'cannot be read (why)');
});

test.run();
