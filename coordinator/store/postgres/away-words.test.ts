import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { awayWords } from './away-words.ts';

const URL_ = 'postgres://switchyard:s3cret@db.test:6432/fleet';
const fault = (code: string | undefined, message: string): Error => Object.assign(new Error(message), { code });

test('why the database is away comes with what to do, and never with the password', () => {
  for (const [code, message, words] of [
    [
      '28P01',
      'password authentication failed for user "switchyard"',
      /failed for user "switchyard".*check the password in the database’s URL/,
    ],
    ['28000', 'no pg_hba.conf entry for host "10.0.0.3"', /^no pg_hba\.conf entry .*pg_hba\.conf on the database/],
    ['3D000', 'database "fleet" does not exist', /^database "fleet" does not exist.*createdb/],
    ['53300', 'sorry, too many clients already', /max_connections/],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'self-signed certificate; try --use-system-ca',
      /^the certificate of db\.test:6432.*sslrootcert/,
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "altnames: Host: db.test. is not cert's CN",
      /^the certificate of db\.test:6432 is for another name/,
    ],
    ['ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.2:6432', /^nothing listens at db\.test:6432/],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND db.test', /^there is no host named db\.test/],
    ['57P03', 'the database system is starting up', /^the database system is starting up$/],
    [undefined, 'no answer', /^no answer$/],
  ] as const) {
    const said = awayWords(fault(code, message), URL_);
    assert.match(said, words);
    assert.not.match(said, /s3cret|use-system-ca/);
  }
});

test('tries of several addresses are one fault; over a socket the fault is shown as it came', () => {
  const tries = new AggregateError([fault('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432')], '');
  assert.match(awayWords(Object.assign(tries, { code: 'ECONNREFUSED' }), 'postgres://a@db.test/b'), 'at db.test:5432');
  assert.is(awayWords(fault('ENOENT', 'connect ENOENT /run/x'), 'postgres://a@/b?host=/run'), 'connect ENOENT /run/x');
  assert.is(awayWords('cut', URL_), 'cut');
});

test.run();
