import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecrets, holdsSecret } from './secret-url.ts';

test('a remote with a password, a token or a query is found in any spelling', () => {
  for (const remote of [
    'https://user:secretpw@example.org/x.git',
    'https://ghp_token@example.org/x.git',
    'HTTPS://user:secretpw@example.org/x.git',
    'ssh://git:secretpw@example.org/x.git',
    'ftp://token@example.org/x.git',
    'https::https://user:secretpw@example.org/x.git',
    'https://user:p@ss@example.org/x.git',
    'https://user:pa/ss@example.org/x.git',
    'https://example.org/x.git?private_token=secretpw',
    'https://example.org/x.git#secretpw',
  ])
    assert.is(holdsSecret(remote), true, remote);
  for (const remote of [
    'https://example.org/a@b/x.git',
    'https://example.org:8443/x.git',
    'ssh://git@example.org/x.git',
    'git@example.org:you/x.git',
    '/srv/git/x.git',
    'file:///srv/git/x.git',
  ])
    assert.is(holdsSecret(remote), false, remote);
});

test('the shown text lacks the user and password of every URL', () => {
  assert.is(
    hideSecrets("fatal: unable to access 'https://user:secretpw@example.org/x.git/' via ssh://git@example.org"),
    "fatal: unable to access 'https://example.org/x.git/' via ssh://example.org",
  );
});

test.run();
