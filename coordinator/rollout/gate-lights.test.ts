import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostWatch } from './gate.ts';
import { gateLights } from './gate-lights.ts';

const FINE = { agent: 'ok', system: 'ok', tests: 'ok' } as const;
const RULES = { presence: true, ignoreUnits: [] };

const watch = (host: string, patch: Partial<HostWatch> = {}): HostWatch => ({
  hostId: host,
  host,
  absentForMs: null,
  before: FINE,
  now: FINE,
  watchesUnits: true,
  failedUnitsBefore: [],
  failedUnits: [],
  ...patch,
});

const lights = (watches: readonly HostWatch[], rules = RULES, forgiven: string[] = []) =>
  Object.fromEntries(
    gateLights(watches, rules, new Set(forgiven)).map(({ name, state, holding, hosts, message }) => [
      name,
      `${state} ${holding}/${hosts} ${message}`,
    ]),
  );

test('each part counts the hosts where it was seen to hold', () => {
  assert.equal(lights([watch('web1'), watch('web2')]), {
    presence: 'holds 2/2 null',
    agent: 'holds 2/2 null',
    system: 'holds 2/2 null',
    tests: 'holds 2/2 null',
    units: 'holds 2/2 null',
  });
});

test('a broken part says where; the others go on', () => {
  const now = { ...FINE, system: 'error' } as const;
  const seen = lights([watch('web1'), watch('web2', { now }), watch('web3', { failedUnits: ['nginx.service'] })]);
  assert.is(seen.system, 'broken 2/3 web2: system is in error');
  assert.is(seen.units, 'broken 2/3 web3: nginx.service failed');
  assert.is(seen.agent, 'holds 3/3 null');
});

test('no part has passed at a host that is away, because nothing was seen there', () => {
  const seen = lights([watch('web1'), watch('web2', { absentForMs: 5_000 })]);
  assert.is(seen.presence, 'unobserved 1/2 web2 is away');
  assert.is(seen.tests, 'unobserved 1/2 web2 is away');
});

test('a part with nothing to watch is off and says why', () => {
  const laptops = lights([watch('web1', { watchesUnits: false })], { ...RULES, presence: false });
  assert.is(laptops.presence, 'off 0/0 hosts need not stay online');
  assert.is(laptops.units, "off 0/0 1 host can't tell");
  assert.is(lights([]).system, 'off 0/0 no host is proven yet');
  assert.is(lights([watch('web1'), watch('mac1', { watchesUnits: false })]).units, "holds 1/1 1 host can't tell");
});

test('a forgiven host is left out', () => {
  const now = { ...FINE, tests: 'error' } as const;
  assert.is(lights([watch('web1'), watch('web2', { now })], RULES, ['web2']).tests, 'holds 1/1 null');
});

test.run();
