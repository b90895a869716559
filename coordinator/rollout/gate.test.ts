import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gateOf, type HostWatch, hostGate } from './gate.ts';

const FINE = { agent: 'ok', system: 'ok', tests: 'ok' } as const;
const RULES = { presence: true, ignoreUnits: [] };

const watch = (patch: Partial<HostWatch> = {}): HostWatch => ({
  hostId: 'h1',
  host: 'web1',
  absentForMs: null,
  before: FINE,
  now: FINE,
  watchesUnits: true,
  failedUnitsBefore: [],
  failedUnits: [],
  ...patch,
});

test('the gate holds at a host that shows no new fault', () => {
  assert.is(hostGate(watch(), RULES), null);
});

test('tests that failed before do not break the gate; tests that fail since then do', () => {
  const red = { ...FINE, tests: 'error' } as const;
  assert.is(hostGate(watch({ before: red, now: red }), RULES), null);
  assert.equal(hostGate(watch({ now: red }), RULES), { kind: 'broken', message: 'web1: tests is in error' });
});

test('a unit that failed before, a transient one and an ignored one do not count', () => {
  const failedUnits = ['old.service', 'run-r8f3a.service', 'switchyard-test-1.service', 'backup-db.service'];
  const rules = { presence: true, ignoreUnits: ['backup-*'] };
  assert.is(hostGate(watch({ failedUnitsBefore: ['old.service'], failedUnits }), rules), null);
  assert.equal(hostGate(watch({ failedUnits: ['nginx.service'] }), rules), {
    kind: 'broken',
    message: 'web1: nginx.service failed',
  });
});

test('a missing probe has not passed', () => {
  assert.is(hostGate(watch({ failedUnits: null }), RULES)?.kind, 'unobserved');
  assert.is(hostGate(watch({ failedUnits: null, watchesUnits: false }), RULES), null);
});

test('30 s of absence are forgiven, but not counted', () => {
  assert.is(hostGate(watch({ absentForMs: 30_000 }), RULES)?.kind, 'unobserved');
  assert.is(hostGate(watch({ absentForMs: 30_001 }), RULES)?.kind, 'broken');
});

test('without presence a sleeping laptop does not hold up the gate, unless all hosts sleep', () => {
  const rules = { presence: false, ignoreUnits: [] };
  const asleep = watch({ hostId: 'h2', host: 'laptop', absentForMs: 900_000 });
  assert.is(gateOf([watch(), asleep], rules, new Set()).kind, 'holds');
  assert.is(gateOf([asleep], rules, new Set()).kind, 'unobserved');
});

test('the gate names the first host that breaks it, and how many do', () => {
  const now = { ...FINE, system: 'error' } as const;
  const watches = [watch(), watch({ hostId: 'h2', host: 'web2', now }), watch({ hostId: 'h3', host: 'web3', now })];
  assert.equal(gateOf(watches, RULES, new Set()), {
    kind: 'broken',
    message: 'web2: system is in error (and 1 more)',
    broken: ['h2', 'h3'],
  });
  assert.is(gateOf(watches, RULES, new Set(['h2', 'h3'])).kind, 'holds');
});

test.run();
