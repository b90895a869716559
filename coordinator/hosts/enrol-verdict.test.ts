import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type EnrolFacts, type EnrolVerdict, enrolVerdict } from './enrol-verdict.ts';

const ENROLMENT = { id: 'e', names: null, maxUses: null, uses: 0, expiresAt: null, approve: false };
const OWN = { hostId: 'web1', enrolmentId: 'e', isProven: true, isOnline: false };
const NONE: EnrolFacts = { now: 10, enrolment: ENROLMENT, hostname: 'web1', own: null, named: null, decision: null };
const named = { hostId: 'web1' };
const approved = (hostId: string | null) => ({ kind: 'approved', hostId }) as const;
const USED_UP = { ...ENROLMENT, maxUses: 2, uses: 2 };
const APPROVE = { ...ENROLMENT, approve: true };

const waits = (reason: string, hostId: string | null) => `waits ${reason} ${hostId}`;
const TABLE: [string, Partial<EnrolFacts>, string][] = [
  ['a new host', {}, 'new'],
  ['a new host of a fitting name', { enrolment: { ...ENROLMENT, names: ['db*', 'web*'] } }, 'new'],
  ['another name', { enrolment: { ...ENROLMENT, names: ['db*'] } }, 'refused'],
  ['expired', { enrolment: { ...ENROLMENT, expiresAt: 10 } }, 'refused'],
  ['not expired yet', { enrolment: { ...ENROLMENT, expiresAt: 11 } }, 'new'],
  ['used up', { enrolment: USED_UP }, 'refused'],
  ['used up, also for whom a person approved', { enrolment: USED_UP, decision: approved(null) }, 'refused'],
  ['approval', { enrolment: APPROVE }, waits('approval', null)],
  ['approved', { enrolment: APPROVE, decision: approved(null) }, 'new'],
  ['refused by a person', { enrolment: APPROVE, decision: { kind: 'refused' } }, 'refused'],
  ['its own state again', { own: OWN, named }, 'known web1 true'],
  ['its own state under another name', { own: OWN, hostname: 'renamed' }, 'known web1 true'],
  ['its own state needs no approval', { own: OWN, enrolment: APPROVE }, 'known web1 true'],
  ['its own state, after the last use', { own: OWN, enrolment: USED_UP }, 'known web1 true'],
  ['its own state, by another used up token', { own: { ...OWN, enrolmentId: 'f' }, enrolment: USED_UP }, 'refused'],
  ['its own state, expired', { own: OWN, enrolment: { ...ENROLMENT, expiresAt: 1 } }, 'refused'],
  ['a copy of its disk', { own: { ...OWN, isOnline: true } }, waits('online', 'web1')],
  ['a stateId without its secret', { own: { ...OWN, isProven: false } }, waits('other_secret', 'web1')],
  ['the same, used up', { own: { ...OWN, isProven: false }, enrolment: USED_UP }, 'refused'],
  ['a taken name', { named }, waits('name_taken', 'web1')],
  ['a taken name, approved', { named, decision: approved('web1') }, 'known web1 false'],
  ['a taken name, approved for another host', { named, decision: approved('web2') }, waits('name_taken', 'web1')],
  ['a name that was taken after the approval', { named, decision: approved(null) }, waits('name_taken', 'web1')],
  ['approved, and the host is gone', { decision: approved('web1') }, 'new'],
  ['a copy, approved', { own: { ...OWN, isOnline: true }, decision: approved('web1') }, 'known web1 true'],
];

const said = (verdict: EnrolVerdict): string => {
  if (verdict.kind === 'waits') return waits(verdict.reason, verdict.hostId);
  return verdict.kind === 'known' ? `known ${verdict.hostId} ${verdict.isSame}` : verdict.kind;
};

test('cases of docs/protocol.md section 10', () => {
  for (const [title, facts, verdict] of TABLE)
    assert.is(
      said(enrolVerdict({ ...NONE, ...facts })),
      verdict,
      `${title}: ${said(enrolVerdict({ ...NONE, ...facts }))}`,
    );
});

const facts: fc.Arbitrary<EnrolFacts> = fc.record({
  now: fc.integer({ min: 0, max: 20 }),
  enrolment: fc.record({
    id: fc.constantFrom('e', 'f'),
    names: fc.constantFrom(null, ['web*'], ['db1']),
    maxUses: fc.constantFrom(null, 1, 2),
    uses: fc.integer({ min: 0, max: 2 }),
    expiresAt: fc.constantFrom(null, 10),
    approve: fc.boolean(),
  }),
  hostname: fc.constantFrom('web1', 'db1'),
  own: fc.option(
    fc.record({
      hostId: fc.constantFrom('a', 'b'),
      enrolmentId: fc.constantFrom('e', 'f'),
      isProven: fc.boolean(),
      isOnline: fc.boolean(),
    }),
  ),
  named: fc.option(fc.record({ hostId: fc.constantFrom('a', 'b') })),
  decision: fc.constantFrom<EnrolFacts['decision']>(
    null,
    { kind: 'refused' },
    approved(null),
    approved('a'),
    approved('b'),
  ),
});

test('an agent gets a known host only by proof, or from a person who chose that very host', () => {
  fc.assert(
    fc.property(facts, (one) => {
      const verdict = enrolVerdict(one);
      if (verdict.kind !== 'known') return;
      const isProven = one.own?.isProven === true && one.own.hostId === verdict.hostId && !one.own.isOnline;
      const isApproved = one.decision?.kind === 'approved' && one.decision.hostId === verdict.hostId;
      assert.ok(isProven || isApproved, JSON.stringify(one));
    }),
    { numRuns: 2_000 },
  );
});

test('no token enrols beyond its time, names and uses, and no host exists twice', () => {
  fc.assert(
    fc.property(facts, (one) => {
      const { kind } = enrolVerdict(one);
      const { expiresAt, maxUses, uses, names } = one.enrolment;
      if (expiresAt !== null && one.now >= expiresAt) assert.is(kind, 'refused');
      if (names?.every((name) => !one.hostname.startsWith(name.slice(0, 2)))) assert.is(kind, 'refused');
      if (kind !== 'new') return;
      assert.ok(maxUses === null || uses < maxUses, JSON.stringify(one));
      assert.is(one.own ?? one.named, null, JSON.stringify(one));
    }),
    { numRuns: 2_000 },
  );
});

test.run();
