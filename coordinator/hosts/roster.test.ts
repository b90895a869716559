import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../shared/model/report.ts';
import { createFakeClock } from '../../shared/time/fake-clock.ts';
import { sampleHello } from '../fixtures/fake-agent.ts';
import { sampleId, sampleReport } from '../lifecycle/fixtures/sample.ts';
import { addHost, withStore } from '../store/fixtures/records.ts';
import type { SqliteStore } from '../store/sqlite/store.ts';
import { createRoster } from './roster.ts';

const METRICS = { cpuPercent: 1, memoryPercent: 2, swapPercent: 0, load1: 0, diskPercent: 3 };
const RUNNING = { id: sampleId(1), op: 'pull', pid: 1, startedAt: 2, phase: null };
const MINUTE_MS = 60_000;
const HOSTS = 450;

const idOf = (index: number): string => `host-${index}`;

/** A roster of many hosts that have just said hello, everything written; counts `transactions` from then on. */
const withFleet = (use: (fleet: ReturnType<typeof fleetOn>) => void) => () =>
  withStore((store) => {
    store.transaction(() => {
      for (let index = 0; index < HOSTS; index++) addHost(store, idOf(index), idOf(index));
    });
    const fleet = fleetOn(store);
    try {
      use(fleet);
    } finally {
      fleet.roster.close();
    }
  });

function fleetOn(store: SqliteStore) {
  const clock = createFakeClock();
  const failures: unknown[] = [];
  const told = { transactions: 0, isFull: false, types: new Set<string>() };
  const write: SqliteStore['write'] = (parts, heard) => {
    told.transactions += 1;
    for (const { type } of parts.flat()) told.types.add(type);
    if (told.isFull) heard(parts.map(() => ({ cause: new Error('disk full') })));
    else store.write(parts, heard);
  };
  const roster = createRoster({
    clock,
    store: { write },
    stored: store.hosts.list(),
    hasEnded: () => false,
    onWriteFailed: (cause) => failures.push(cause),
  });
  for (let index = 0; index < HOSTS; index++) roster.hello(idOf(index), sampleHello());
  clock.advance(1_000);
  told.transactions = 0;
  const beat = (generation: number, more: Partial<Report> = {}) => {
    for (let index = 0; index < HOSTS; index++)
      roster.heartbeat(idOf(index), { seq: 1, report: sampleReport({ generation, ...more }), metrics: METRICS });
  };
  const written = (generation: number) =>
    store.hosts.list().filter(({ known }) => known?.report.generation === generation).length;
  const hostIn = (index: number) => store.hosts.byId(idOf(index));
  return { roster, clock, failures, told, beat, written, hostIn };
}

test(
  'heartbeats are written once a minute, never a whole fleet at once',
  withFleet(({ clock, told, beat, written }) => {
    beat(1);
    clock.advance(MINUTE_MS - 1_001);
    assert.is(told.transactions, 0);
    beat(2);
    clock.advance(101);
    assert.ok(written(2) > 0 && written(2) < HOSTS);
    clock.advance(1_000);
    assert.is(written(2), HOSTS);
    assert.is(told.transactions, 3);
  }),
);

test(
  'a report that brings nothing new but its time is not written again, but when the host was seen is',
  withFleet(({ roster, clock, told, beat, hostIn }) => {
    beat(1);
    clock.advance(MINUTE_MS);
    told.types.clear();
    beat(1, { sampledAt: 7_000 });
    const at = clock.now();
    clock.advance(MINUTE_MS);
    assert.equal([...told.types], ['hosts_seen']);
    assert.equal(hostIn(3)?.known, { ...roster.byId(idOf(3))?.known, lastSeenAt: at });
    assert.is(hostIn(3)?.known?.report.sampledAt, 7_000);
  }),
);

test(
  'the end of a command is written, although the next report brings no news',
  withFleet(({ roster, clock, beat, hostIn }) => {
    beat(1, { running: RUNNING });
    clock.advance(MINUTE_MS);
    assert.equal(hostIn(3)?.known?.report.running, RUNNING);
    roster.clearRunning(idOf(3), RUNNING.id);
    beat(1, { running: null });
    clock.advance(MINUTE_MS);
    assert.is(hostIn(3)?.known?.report.running, null);
  }),
);

test(
  'a report that could not be written is written whole, even if heartbeats without news came since',
  withFleet(({ clock, told, beat, written }) => {
    beat(1);
    told.isFull = true;
    clock.advance(MINUTE_MS + 1_000);
    beat(1);
    told.isFull = false;
    clock.advance(MINUTE_MS);
    assert.is(written(1), HOSTS);
  }),
);

test(
  'a host is found by its present name, and by the former one again if the change is taken back',
  withFleet(({ roster }) => {
    const host = roster.find(idOf(3));
    assert.ok(host);
    const undo = roster.change(host, { name: 'another' });
    assert.equal([roster.find('another'), roster.find(idOf(3))?.name], [host, 'another'], 'its id is the former name');
    assert.is(roster.byName()[0], host);
    undo();
    assert.equal([roster.find('another'), roster.byName()[0]?.name], [null, idOf(0)]);
    const takeBack = roster.remove(idOf(3));
    assert.equal([roster.find(idOf(3)), roster.all().length], [null, HOSTS - 1]);
    takeBack();
    assert.equal([roster.find(idOf(3)), roster.all().length, roster.byName().length], [host, HOSTS, HOSTS]);
  }),
);

test(
  'an unwritable store is logged once a minute, and missed writes follow once it works',
  withFleet(({ clock, told, failures, beat, written }) => {
    beat(1);
    told.isFull = true;
    clock.advance(MINUTE_MS + 1_000);
    assert.is(failures.length, 1);
    told.isFull = false;
    clock.advance(MINUTE_MS);
    assert.is(written(1), HOSTS);
  }),
);

test(
  'a closed roster has written everything',
  withFleet(({ roster, beat, written }) => {
    beat(1);
    roster.close();
    assert.is(written(1), HOSTS);
  }),
);

test(
  'after a failed removal all of the host is written again',
  withFleet(({ roster, clock, hostIn }) => {
    roster.hello(idOf(0), sampleHello({ bootId: 'the next boot' }));
    const takeBack = roster.remove(idOf(0));
    takeBack();
    clock.advance(MINUTE_MS + 1_000);
    assert.is(hostIn(0)?.known?.bootId, 'the next boot');
  }),
);

test.run();
