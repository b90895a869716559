import { Client } from 'pg';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../shared/time/clock.ts';
import { createLog } from '../../config/log.ts';
import type { Held } from '../../output/entry.ts';
import { createOutputIndexer } from '../../output/index.ts';
import type { OutputKeeper } from '../../output/keeper.ts';
import { createOutputLog, type OutputLog } from '../../output/log.ts';
import { createOutputReader } from '../../output/reader.ts';
import { sampleRecord } from '../fixtures/records.ts';
import { put } from '../fixtures/writes.ts';
import { leadOn } from './fixtures/lead.ts';
import { postgresTest } from './fixtures/postgres-test.ts';
import { type PostgresServer, startPostgres } from './fixtures/server.ts';

let server: PostgresServer | null = null;
test.after(() => server?.end());

async function lead(name: string, onLost?: (cause: Error) => void) {
  server ??= await startPostgres();
  return await leadOn(await server.url(name), onLost ? { onLost } : {});
}

const log = createLog('silent');
const logOf = (keeper: OutputKeeper, limitBytes = 2 ** 30): OutputLog =>
  createOutputLog({ keeper, limitBytes, clock: systemClock, log });

const answered = (outputs: OutputLog, id: string, offset: number, text: string): Promise<Held> =>
  new Promise((resolve) => outputs.append(id, offset, Buffer.from(text), resolve));

/** The id of the day's command of this number. */
const idOf = (day: string, number = 0): string => {
  const hex = Date.parse(`${day}T12:00:00Z`).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
};

postgresTest('the next leader reads every acknowledged byte and continues there', async () => {
  const first = await lead('handed_on');
  const outputs = logOf(first.keeper);
  const ids = [idOf('2026-11-28'), idOf('2026-11-29'), idOf('2026-11-29', 1)];
  await outputs.know(ids);
  assert.equal(await Promise.all(ids.map((id) => answered(outputs, id, 0, `one of ${id}\n`))), [
    ...ids.map(() => ({ acked: 44, bytes: 44, truncated: false })),
  ]);
  const long = 'x\0é\n'.repeat(200_000);
  await answered(outputs, ids[0] ?? '', 44, long);
  assert.equal(await answered(outputs, ids[1] ?? '', 50, 'a gap'), { acked: 44, bytes: 44, truncated: false });

  const next = await lead('handed_on');
  const taken = logOf(next.keeper);
  assert.throws(() => taken.size(ids[0] ?? ''), /was not asked for/);
  await taken.know(ids);
  assert.equal(
    ids.map((id) => taken.resumeAt(id)),
    [44 + Buffer.byteLength(long), 44, 44],
  );
  assert.is((await answered(taken, ids[1] ?? '', 40, 'end\nmore')).acked, 48);
  const reader = createOutputReader({ keeper: next.keeper, outputs: taken });
  const read = async (id: string, offset: number, limit: number) => String(await reader.slice(id, offset, limit));
  assert.is(await read(ids[0] ?? '', 0, Number.MAX_SAFE_INTEGER), `one of ${ids[0]}\n${long}`);
  const all = Buffer.from(`one of ${ids[0]}\n${long}`);
  assert.is(await read(ids[0] ?? '', 600_001, 70_000), all.subarray(600_001, 670_001).toString());
  assert.is(await read(ids[1] ?? '', 44, 99), 'more');
  assert.is(await read(idOf('2026-11-29', 9), 0, 9), '', 'a command without output');
  const { lines, marks } = await createOutputIndexer({ keeper: next.keeper, outputs: taken, reader }).index(
    ids[0] ?? '',
  );
  assert.is(lines, 200_001);
  assert.ok(marks.length > 10 && marks.every(({ at }) => Math.abs(at - Date.now()) < 60_000));
  await outputs.close();
  await taken.close();
  await first.close();
  await next.close();
});

postgresTest('the database refuses one append: nothing of it is stored, and all others are', async () => {
  const { keeper, close } = await lead('one_refused');
  const [first, bad, good] = [idOf('2026-11-28'), idOf('2026-11-28', 1), idOf('2026-11-29')];
  const text = (length: number) => () => [Buffer.alloc(length, 'x')];
  await keeper.append(bad, 300_000, text(1), 0, false);
  // The first goes alone; the others wait for it and go together.
  const appends = [
    keeper.append(first, 0, text(9), 0, false),
    keeper.append(good, 0, text(300_000), 7, true),
    keeper.append(bad, 300_000 - 262_144, text(300_000), 0, false),
    keeper.append(first, 9, text(9), 0, false),
  ];
  const [, , refused, ...others] = await Promise.allSettled(appends);
  assert.is(refused?.status === 'rejected' && refused.reason.code, '23505');
  assert.equal(others, [{ status: 'fulfilled', value: 9 }]);
  assert.equal(
    await keeper.held([first, bad, good]),
    new Map([
      [first, 18],
      [bad, 300_001],
      [good, 300_000],
    ]),
  );
  await close();
});

postgresTest('a backup that reads for long holds up neither the first output of a day nor retention', async () => {
  const store = await lead('long_reader');
  const url = await server?.url('long_reader');
  const reader = new Client({ connectionString: url ?? '' });
  await reader.connect();
  const [old, young] = [idOf('2026-10-01'), idOf('2026-11-29')];
  const text = () => [Buffer.from('abc')];
  await store.keeper.append(old, 0, text, 0, false);
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const read = async () => (await reader.query('SELECT count(*)::integer AS rows FROM output')).rows[0].rows;
  assert.is(await read(), 1);
  await store.keeper.append(young, 0, text, 0, false);
  await store.keeper.sweep(Date.parse('2026-11-01'));
  assert.is(await read(), 1, 'the rows that it reads stay');
  await reader.end();
  await store.keeper.sweep(Date.parse('2026-11-01'));
  assert.equal([...(await store.keeper.held([old, young])).keys()], [young]);
  await store.close();
});

postgresTest('a leader whose term is over acknowledges no byte', async () => {
  const lost: Error[] = [];
  const old = await lead('output_term', (cause) => void lost.push(cause));
  const outputs = logOf(old.keeper);
  const id = idOf('2026-11-29');
  await outputs.know([id]);
  await answered(outputs, id, 0, 'abc');
  const next = await lead('output_term');
  const answers: Held[] = [];
  outputs.append(id, 3, Buffer.from('def'), (held) => void answers.push(held));
  const taken = logOf(next.keeper);
  await taken.know([id]);
  assert.is((await answered(taken, id, 3, 'xyz')).acked, 6);
  await outputs.close();
  assert.equal([answers, lost.length > 0], [[], true]);
  await taken.close();
  await next.close();
});

postgresTest('a day is dropped once it is old and has no command left', async () => {
  const store = await lead('days');
  const outputs = logOf(store.keeper);
  const [old, kept, young] = [idOf('2026-10-01'), idOf('2026-10-02'), idOf('2026-11-29')];
  await outputs.know([old, kept, young]);
  for (const id of [old, kept, young]) await answered(outputs, id, 0, 'abc');
  await put(store, { type: 'command', record: sampleRecord({ id: kept, status: 'SUCCESS', finishedAt: 1 }) });
  await outputs.sweep(Date.parse('2026-11-01'));
  const held = await store.keeper.held([old, kept, young]);
  assert.equal([...held.keys()].sort(), [kept, young]);
  await store.retention.deleteCommands([kept]);
  await outputs.sweep(Date.parse('2026-11-01'));
  assert.equal([...(await store.keeper.held([old, kept, young])).keys()], [young]);
  await outputs.close();
  await store.close();
});

test.run();
