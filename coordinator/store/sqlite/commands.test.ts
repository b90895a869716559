import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVE_STATUSES, type Command, isActive, STATUSES } from '../../../shared/model/command.ts';
import { SAMPLE_HOST, sampleId } from '../../lifecycle/fixtures/sample.ts';
import { addHost, sampleRecord, withStore } from '../fixtures/records.ts';
import type { SqliteStore } from './store.ts';

const OTHER_HOST = '00000000-0000-4000-8000-000000000002';

const saveAll = (store: SqliteStore, ...commands: Partial<Command>[]) => {
  for (const [index, command] of commands.entries())
    store.commands.save(sampleRecord({ id: sampleId(index + 1), ...command }));
};

const numbers = (records: readonly { command: Command }[]) =>
  records.map(({ command }) => Number(command.id.slice(-12)));

test('a record comes back as it was saved, and a later save replaces it', () =>
  withStore((store) => {
    const record = sampleRecord({ options: { why: 'ünïcode "quoted"' } }, true);
    store.commands.save(record);
    assert.equal(store.commands.get(record.command.id), record);
    const later = { ...record, open: false, command: { ...record.command, status: 'SUCCESS' as const, finishedAt: 9 } };
    store.commands.save(later);
    assert.equal(store.commands.get(record.command.id), later);
    assert.is(store.commands.get(sampleId(99)), null);
  }));

test('a host has one command in its slot', () =>
  withStore((store) => {
    for (const status of ACTIVE_STATUSES.filter((one) => one !== 'QUEUED')) {
      const [first, second] = [
        sampleRecord({ id: sampleId(1), status }),
        sampleRecord({ id: sampleId(2), op: 'switch' }),
      ];
      store.commands.save(first);
      assert.throws(() => store.commands.save(second), /UNIQUE/, status);
      store.commands.save(sampleRecord({ id: sampleId(1), status: 'SUCCESS' }));
      store.commands.save(second);
      store.commands.save(sampleRecord({ id: sampleId(2), op: 'switch', status: 'KILLED' }));
    }
  }));

test('queued commands, other hosts and ops without a slot do not take it', () =>
  withStore((store) => {
    saveAll(
      store,
      { status: 'EXECUTING' },
      { status: 'QUEUED' },
      { status: 'QUEUED' },
      { status: 'EXECUTING', hostId: OTHER_HOST },
      { status: 'KILLING', op: 'kill' },
      { status: 'EXECUTING', op: 'reboot' },
    );
    assert.is(store.commands.live().length, 6);
  }));

for (const op of ['kill', 'cancel', 'restart', 'reboot'])
  test(`a host has one ${op} at a time, and any number of ended ones`, () =>
    withStore((store) => {
      saveAll(
        store,
        { op, status: 'SUCCESS' },
        { op, status: 'ERROR' },
        { op, status: 'QUEUED' },
        { op, status: 'PENDING' },
      );
      assert.throws(() => store.commands.save(sampleRecord({ id: sampleId(9), op, status: 'EXECUTING' })), /UNIQUE/);
    }));

test('active and open commands are read into memory at a start', () =>
  withStore((store) => {
    saveAll(store, { status: 'SUCCESS' }, { status: 'QUEUED' }, { status: 'EXECUTING' }, { status: 'LOST' });
    store.commands.save(sampleRecord({ id: sampleId(5), status: 'TIMEOUT' }, true));
    assert.equal(numbers(store.commands.live()), [2, 3, 5]);
  }));

test('lists are newest first, and their pages neither overlap nor skip', () =>
  withStore((store) => {
    saveAll(store, ...Array.from({ length: 7 }, () => ({ status: 'ERROR' as const })));
    const seen: number[][] = [];
    for (let before: string | undefined; ; ) {
      const page = store.commands.list({ limit: 3, ...(before && { before }) });
      seen.push(numbers(page.items));
      if (page.next === null) break;
      before = page.next;
    }
    assert.equal(seen, [[7, 6, 5], [4, 3, 2], [1]]);
    assert.is(store.commands.list({ limit: 7 }).next, null, 'a full last page has no next');
  }));

test('every filter filters, alone and with others', () =>
  withStore((store) => {
    saveAll(
      store,
      { status: 'SUCCESS', op: 'pull', dispatchId: sampleId(70) },
      { status: 'ERROR', op: 'switch', dispatchId: sampleId(71) },
      { status: 'EXECUTING', op: 'switch', dispatchId: sampleId(71) },
      { status: 'LOST', op: 'switch', hostId: OTHER_HOST, dispatchId: sampleId(71) },
      { status: 'QUEUED', op: 'pull', hostId: OTHER_HOST, dispatchId: sampleId(72) },
    );
    const listed = (filter: Omit<Parameters<SqliteStore['commands']['list']>[0], 'limit'>) =>
      numbers(store.commands.list({ ...filter, limit: 10 }).items);
    assert.equal(listed({ hostId: SAMPLE_HOST }), [3, 2, 1]);
    assert.equal(listed({ status: ['LOST', 'SUCCESS', 'LOST'] }), [4, 1]);
    assert.equal(listed({ op: 'switch' }), [4, 3, 2]);
    assert.equal(listed({ active: true }), [5, 3]);
    assert.equal(listed({ active: false }), [4, 2, 1]);
    assert.equal(listed({ active: true, status: ['QUEUED', 'LOST'] }), [5]);
    assert.equal(listed({ active: false, status: ['QUEUED'] }), []);
    assert.equal(listed({ dispatchId: sampleId(71), hostId: SAMPLE_HOST, before: sampleId(3) }), [2]);
    assert.equal(numbers(store.commands.byDispatch(sampleId(71), null).items), [2, 3, 4]);
  }));

test('each existing host has its latest command, if any', () =>
  withStore((store) => {
    addHost(store);
    addHost(store, OTHER_HOST, 'web2');
    addHost(store, sampleId(80), 'new');
    saveAll(store, { status: 'ERROR' }, { status: 'SUCCESS', hostId: OTHER_HOST }, { status: 'BLOCKED' });
    assert.equal(numbers(store.commands.latestPerHost()).sort(), [2, 3]);
    store.hosts.remove(OTHER_HOST);
    assert.equal(numbers(store.commands.latestPerHost()), [3]);
    assert.is(store.commands.get(sampleId(2))?.command.hostId, OTHER_HOST, 'its commands stay readable');
  }));

const end = (finishedAt: number, known: Partial<Command>): Partial<Command> => ({
  finishedAt,
  dispatchedAt: finishedAt - 5,
  ...known,
});

const UNSETTLED: [string, Partial<Command>[], number[]][] = [
  [
    'ends that ask',
    (['LOST', 'STALE_BINARY', 'SUSPICIOUS', 'PARTIAL'] as const).map((status) => end(10, { status })),
    [1, 2, 3, 4],
  ],
  [
    'a timeout only where the agent did not return',
    [end(10, { status: 'TIMEOUT', code: 'no_reconnect' }), end(20, { status: 'TIMEOUT', code: 'timeout_ignored' })],
    [1],
  ],
  ['ends that do not', [end(10, { status: 'ERROR' }), end(20, { status: 'KILLED' })], []],
  [
    'settled by a later success',
    [
      end(10, { status: 'LOST' }),
      end(20, { status: 'PARTIAL' }),
      end(30, { status: 'SUCCESS' }),
      end(40, { status: 'LOST' }),
    ],
    [4],
  ],
  ['not by an earlier one', [end(10, { status: 'SUCCESS' }), end(20, { status: 'LOST' })], [2]],
  [
    'not by one that was sent later but ended before',
    [end(30, { status: 'LOST', dispatchedAt: 1 }), end(20, { status: 'SUCCESS', dispatchedAt: 15 })],
    [1],
  ],
  ["not by another host's", [end(10, { status: 'LOST' }), end(20, { status: 'SUCCESS', hostId: OTHER_HOST })], [1]],
  [
    'not by a kill or a cancel',
    [
      end(10, { status: 'LOST' }),
      end(20, { status: 'SUCCESS', op: 'kill' }),
      end(30, { status: 'SUCCESS', op: 'cancel' }),
    ],
    [1],
  ],
  ['a kill asks nothing', [end(10, { status: 'LOST', op: 'kill' })], []],
];
for (const [title, commands, expected] of UNSETTLED)
  test(`commands that need a person: ${title}`, () =>
    withStore((store) => {
      addHost(store);
      saveAll(store, ...commands);
      assert.equal(numbers(store.commands.unsettled()), expected);
      store.hosts.remove(SAMPLE_HOST);
      assert.equal(store.commands.unsettled(), [], 'a removed host asks for nobody');
    }));

test('the statuses in the indexes are those of the lifecycle', () =>
  withStore((store) => {
    const inSlot: string[] = [];
    for (const status of STATUSES) {
      store.commands.save(sampleRecord({ id: sampleId(1), status }));
      try {
        store.commands.save(sampleRecord({ id: sampleId(2), status: 'PENDING' }));
        store.commands.save(sampleRecord({ id: sampleId(2), status: 'ERROR' }));
      } catch {
        inSlot.push(status);
      }
      assert.is(
        store.commands.live().some(({ command }) => command.status === status),
        isActive(status),
        status,
      );
    }
    assert.equal(
      inSlot,
      ACTIVE_STATUSES.filter((status) => status !== 'QUEUED'),
    );
  }));

test('the newest command per op that ended on the host is found, past those that never reached it', () =>
  withStore((store) => {
    saveAll(
      store,
      { op: 'switch', status: 'SUCCESS', finishedAt: 1 },
      { op: 'pull', status: 'ERROR', finishedAt: 2 },
      { op: 'switch', status: 'PARTIAL', finishedAt: 3 },
      { op: 'switch', status: 'BLOCKED', finishedAt: 4 },
      { op: 'switch', status: 'EXECUTING' },
      { op: 'switch', status: 'SUCCESS', finishedAt: 5, hostId: OTHER_HOST },
      { op: 'test', status: 'SUCCESS', finishedAt: 6 },
    );
    assert.equal(numbers(store.commands.lastEnded(SAMPLE_HOST, ['switch', 'pull'])), [2, 3]);
  }));

test('a page of long records ends early, and the pages together hold each record once', () =>
  withStore(({ commands }) => {
    const evidence = { failedUnits: Array.from({ length: 250 }, (_, n) => `${'u'.repeat(3_000)}${n}`) };
    for (let n = 1; n <= 20; n += 1)
      commands.save(sampleRecord({ id: sampleId(n), status: n % 2 === 0 ? 'ERROR' : 'SUCCESS', evidence }));
    const seen: string[] = [];
    let before: string | undefined;
    let pages = 0;
    do {
      const { items, next } = commands.list({ ...(before !== undefined && { before }), active: false, limit: 500 });
      assert.ok(items.length > 0 && JSON.stringify(items).length < 5 * 1024 * 1024);
      seen.push(...items.map(({ command }) => command.id));
      before = next ?? undefined;
      pages += 1;
    } while (before !== undefined);
    assert.equal(
      seen,
      Array.from({ length: 20 }, (_, n) => sampleId(20 - n)),
    );
    assert.ok(pages > 3, `${pages} pages`);
  }));

test.run();
