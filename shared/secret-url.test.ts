import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecrets, holdsSecret } from './secret-url.ts';

test('a remote with a password, a token or a query is known, however it is written', () => {
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

test('what is shown of a text has no user and password of any URL', () => {
  assert.is(
    hideSecrets("fatal: unable to access 'https://user:secretpw@example.org/x.git/' via ssh://git@example.org"),
    "fatal: unable to access 'https://example.org/x.git/' via ssh://example.org",
  );
});

test.run();
