import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sampleReport } from '../../lifecycle/fixtures/sample.ts';
import { withStore } from '../fixtures/records.ts';
import { KNOWN } from '../fixtures/writes.ts';

const WEB1 = { id: 'id-1', name: 'web1', tags: ['edge', 'eu'], tokenHash: 'hash-1', createdAt: 5 };
const STORED = { id: 'id-1', name: 'web1', tags: ['edge', 'eu'], createdAt: 5, maintenance: null, known: null };

test('a host is found by its id, name and token only', () =>
  withStore(({ hosts }) => {
    assert.is(hosts.create(WEB1), true);
    assert.equal(hosts.byId('id-1'), STORED);
    assert.equal(hosts.byName('web1'), STORED);
    assert.is(hosts.idByTokenHash('hash-1'), 'id-1');
    assert.equal([hosts.byId('web1'), hosts.byName('WEB1'), hosts.idByTokenHash('')], [null, null, null]);
  }));

test('a taken name is refused for a new host and for a renamed one', () =>
  withStore(({ hosts }) => {
    hosts.create(WEB1);
    assert.is(hosts.create({ ...WEB1, id: 'id-2', tokenHash: 'hash-2' }), false);
    assert.is(hosts.create({ ...WEB1, id: 'id-2', tokenHash: 'hash-2', name: 'Web1' }), true, 'names are literal');
    assert.is(hosts.update('id-2', { name: 'web1', tags: [] }), false);
    assert.is(hosts.update('id-2', { name: 'web2', tags: ['new'] }), true);
    assert.equal(
      hosts.list().map(({ name, tags }) => [name, tags]),
      [
        ['web1', ['edge', 'eu']],
        ['web2', ['new']],
      ],
    );
  }));

test('a new token replaces the old one', () =>
  withStore(({ hosts }) => {
    hosts.create(WEB1);
    hosts.setTokenHash('id-1', 'hash-9', null);
    assert.is(hosts.idByTokenHash('hash-1'), null);
    assert.is(hosts.idByTokenHash('hash-9'), 'id-1');
  }));

test("a host's last known state stays until the host is removed", () =>
  withStore(({ hosts }) => {
    hosts.create(WEB1);
    hosts.setKnown('id-1', KNOWN);
    assert.equal(hosts.byId('id-1')?.known, KNOWN);
    const later = { lastSeenAt: 12, report: sampleReport({ generation: 12 }), metrics: null };
    hosts.setLastReport('id-1', later);
    assert.equal(hosts.byId('id-1')?.known, { ...KNOWN, ...later }, 'a heartbeat leaves what the hello said');
    hosts.remove('id-1');
    assert.equal(hosts.list(), []);
    assert.is(hosts.create({ ...WEB1, id: 'id-2' }), true, 'its name and token are free again');
    assert.is(hosts.byName('web1')?.known, null);
  }));

test.run();
