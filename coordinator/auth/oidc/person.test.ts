import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OidcGrant } from '../../config/oidc.ts';
import { grantsOf, type Person, personOf } from './person.ts';

const GRANTS: OidcGrant[] = [
  { group: 'sre', role: 'operator', tags: ['web'] },
  { group: 'dba', role: 'operator', ops: ['reboot'] },
  { group: 'sre', role: 'viewer' },
  { group: 'all staff, all sites', role: 'viewer' },
];
const read = (claims: Record<string, unknown>, groupsClaim = 'groups') =>
  personOf({ sub: 'ann', ...claims }, { groupsClaim, grants: GRANTS });
const person = (claims: Record<string, unknown>, groupsClaim?: string): Person => {
  const reading = read(claims, groupsClaim);
  if ('fault' in reading) throw new Error(reading.fault);
  return reading.person;
};
const fault = (claims: Record<string, unknown>): string => {
  const reading = read(claims);
  return 'fault' in reading ? reading.fault : `taken: ${JSON.stringify(reading.person)}`;
};

test('only groups that CONFIG names count', () => {
  assert.equal(person({ groups: ['sre', 'x', 'sre', 'SRE', 'dba '] }).groups, ['sre']);
  const many = Array.from({ length: 100_000 }, (_, at) => `g${at}`);
  assert.equal(person({ groups: [...many, 'dba'] }).groups, ['dba']);
  assert.equal(person({ roles: ['sre'], groups: ['dba'] }, 'roles').groups, ['sre']);
  assert.equal(person({ 'https://example.com/groups': ['sre'] }, 'https://example.com/groups').groups, ['sre']);
});

test('without the claim, or with an empty one, a person has no groups', () => {
  assert.equal(person({}).groups, []);
  assert.equal(person({ groups: [] }).groups, []);
  assert.equal(person({}, 'constructor').groups, [], 'what every object inherits is no claim');
});

test('a text is one group and is not split', () => {
  assert.equal(person({ groups: 'sre' }).groups, ['sre']);
  assert.equal(person({ groups: 'sre,dba' }).groups, []);
  assert.equal(person({ groups: 'all staff, all sites' }).groups, ['all staff, all sites']);
});

test('a claim that is not a list of texts is refused, not guessed at', () => {
  for (const groups of [null, 7, true, {}, { 0: 'sre', length: 1 }, ['sre', 7], [['sre']], [{ toString: 'sre' }]])
    assert.is(fault({ groups }), 'the claim groups is not a list of texts', JSON.stringify(groups));
});

test('a subject is any that the standard allows, taken literally', () => {
  for (const sub of ['a', 'auth0|5f7c', 'uid=ann smith,ou=people', '../../admin', '<b>', 'token:ci', 'A'.repeat(255)])
    assert.is(person({ sub }).subject, sub);
  for (const sub of [
    '',
    ' ann',
    'ann ',
    'A'.repeat(256),
    'a\nb',
    'a\u0000',
    'аnn',
    'a\u202eb',
    7,
    null,
    undefined,
    ['ann'],
  ])
    assert.match(fault({ sub }), /^the subject \(sub\)/, JSON.stringify(sub));
});

test('a name is one plain line, and may be missing', () => {
  assert.is(person({ name: 'Ann Smith', email: 'ann@example.com' }).name, 'Ann Smith');
  assert.is(person({ name: ' ', preferred_username: 'ann' }).name, 'ann');
  assert.is(person({ email: 'ann@example.com' }).name, 'ann@example.com');
  assert.is(person({ name: { given: 'Ann' } }).name, null);
  assert.is(person({ name: 'Ann\r\nSet-Cookie: x\u202e\u2066 \u001b[31m' }).name, 'Ann Set-Cookie: x [31m');
  assert.is([...(person({ name: '🦊'.repeat(1_000_000) }).name ?? '')].length, 100);
});

test('each entry of a group is one grant, and a group without an entry grants nothing', () => {
  assert.equal(grantsOf(GRANTS, ['sre', 'other']), [{ role: 'operator', tags: ['web'] }, { role: 'viewer' }]);
  assert.equal(grantsOf(GRANTS, []), []);
  assert.equal(grantsOf([], ['sre']), []);
});

test.run();
