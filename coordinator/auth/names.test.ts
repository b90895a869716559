import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import type { Write } from '../store/write.ts';
import { createNames, type NamesDeps } from './names.ts';

/** Names over a ledger that records writes, and can take the last one back. */
function createScene(more: Partial<NamesDeps> = {}) {
  const written: Write[] = [];
  const undos: (() => void)[] = [];
  const also = (write: Write, undo?: () => void): void => {
    written.push(write);
    if (undo) undos.push(undo);
  };
  const names = createNames({ clock: createFakeClock(7), ledger: { also }, stored: [], ...more });
  const undo = (): void => {
    for (const run of undos.splice(0).reverse()) run();
  };
  return { names, written, undo };
}
const ANN = { actor: 'oidc:ann', name: 'Ann Smith', at: 1 };

test('a known name stands beside each field that names its person, however deep', () => {
  const { names } = createScene({ stored: [ANN] });
  const command = { id: '1', requestedBy: 'oidc:ann', decision: { word: 'keep', actor: 'oidc:ann' }, before: null };
  const shown = names.beside({ items: [command, { id: '2', requestedBy: 'oidc:bob' }], next: null });
  assert.equal(shown, {
    items: [
      { ...command, requestedByName: 'Ann Smith', decision: { ...command.decision, actorName: 'Ann Smith' } },
      { id: '2', requestedBy: 'oidc:bob' },
    ],
    next: null,
  } as never);
  assert.not('requestedByName' in command, 'the record itself has no name');
});

test('a value without a person is not copied, and one that has its name is left alone', () => {
  const { names } = createScene({ stored: [ANN] });
  for (const value of [{ a: [{ actor: 'admin' }] }, [], null, 'oidc:ann', { actor: 'oidc:ann', name: 'Ann' }])
    assert.is(names.beside(value), value);
  const text = '{"__proto__": {"actor": "oidc:ann"}, "constructor": {"actor": "oidc:ann"}}';
  assert.is(Object.getPrototypeOf(names.beside(JSON.parse(text))), Object.prototype);
});

test('data from hosts and requests gets no names', () => {
  const { names } = createScene({ stored: [ANN] });
  const said = { actor: 'oidc:ann' };
  const value = { report: said, evidence: { steps: [said] }, options: said, compartments: { agent: said } };
  assert.is(names.beside(value), value);
});

test('the last name counts, and is written once', () => {
  const { names, written, undo } = createScene({ stored: [ANN] });
  const name = () => (names.beside({ actor: 'oidc:ann' }) as { actorName?: string }).actorName;
  names.learn('oidc:ann', 'Ann Smith');
  names.learn('oidc:ann', null);
  names.learn('admin', 'Administrator');
  assert.equal([written, name()], [[], 'Ann Smith']);
  names.learn('oidc:ann', 'Ann Miller');
  names.learn('oidc:ann', 'Ann Miller');
  assert.equal(written, [{ type: 'person_named', named: { actor: 'oidc:ann', name: 'Ann Miller', at: 7 } }]);
  assert.is(name(), 'Ann Miller');
  undo();
  assert.is(name(), 'Ann Smith');
});

test('beyond the limit the longest known person is forgotten', () => {
  const { names, written, undo } = createScene({ stored: [ANN, { ...ANN, actor: 'oidc:bob' }], most: 2 });
  names.learn('oidc:cy', 'Cy');
  assert.equal(
    written.map(({ type }) => type),
    ['person_forgotten', 'person_named'],
  );
  assert.equal(names.beside({ actor: 'oidc:ann' }), { actor: 'oidc:ann' });
  undo();
  assert.equal(names.beside([{ actor: 'oidc:ann' }, { actor: 'oidc:cy' }]), [
    { actor: 'oidc:ann', actorName: 'Ann Smith' },
    { actor: 'oidc:cy' },
  ] as never);
});

test.run();
