import { execa } from 'execa';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { openProcessTable, type ProcessTable, procfsTable, psTable } from './process-table.ts';

const tables = { procfs: procfsTable, ps: psTable };
const groups: number[] = [];
test.after.each(() => {
  for (const group of groups.splice(0))
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
});

function start(script: string, name = 'bash') {
  const child = execa('bash', ['-c', script], { reject: false, detached: true, stdio: 'ignore', env: { OWN: name } });
  const pid = child.pid ?? 0;
  groups.push(pid);
  return { child, pid };
}

const find = async (table: ProcessTable, pid: number) => (await table.list()).find((entry) => entry.pid === pid);

test('with a /proc no ps is needed', () => {
  assert.is(openProcessTable(), procfsTable);
});

test('a process that goes through its exit or is gone is dying, and one that waits is not', async () => {
  const { child, pid } = start('sleep 0.05 & exec sleep 300');
  assert.is(procfsTable.isDying(pid), false);
  const { pid: zombie } = await waitFor('the zombie', async () =>
    (await procfsTable.list()).find(({ parent, zombie }) => parent === pid && zombie),
  );
  assert.is(procfsTable.isDying(zombie), true);
  process.kill(pid, 'SIGKILL');
  await child;
  assert.is(procfsTable.isDying(pid), true, 'it was listed just before');
});

for (const [name, table] of Object.entries(tables)) {
  test(`${name}: a process is listed with its parent and its group`, async () => {
    const { pid } = start('sleep 300; :');
    const entry = await waitFor('the child', async () => (await table.list()).find(({ parent }) => parent === pid));
    assert.is(entry.group, pid);
    assert.is((await find(table, pid))?.parent, process.pid);
    assert.is(entry.zombie, false);
  });

  test(`${name}: a zombie is recognised, and not alive`, async () => {
    const { pid } = start('sleep 0.05 & exec sleep 300');
    const zombie = await waitFor('the zombie', async () =>
      (await table.list()).find(({ parent, zombie }) => parent === pid && zombie),
    );
    assert.is(await table.isAlive(zombie), false);
  });

  test(`${name}: a signal reaches the process that was listed`, async () => {
    const { child, pid } = start('trap "exit 9" TERM; while :; do sleep 0.02; done');
    // It has set its trap once it has a child.
    await waitFor('its child', async () => (await table.list()).some(({ parent }) => parent === pid));
    const entry = await waitFor('the process', () => find(table, pid));
    table.signal(entry, 'SIGTERM');
    assert.is((await child).exitCode, 9);
    assert.is(await table.isAlive(entry), false);
  });
}

test('procfs: a process with another start time is never signalled', async () => {
  const { pid } = start('sleep 300');
  const entry = await waitFor('the process', () => find(procfsTable, pid));
  const stranger = { ...entry, start: `${Number(entry.start) - 1}` };
  procfsTable.signal(stranger, 'SIGKILL');
  assert.is(await procfsTable.isAlive(stranger), false);
  assert.is(await procfsTable.isAlive(entry), true);
});

test('procfs: a name with brackets and spaces does not shift the fields', async () => {
  const { pid } = start('printf ") S 1 1 1" >/proc/$$/comm; sleep 300; :');
  const entry = await waitFor('the child', async () => (await procfsTable.list()).find(({ parent }) => parent === pid));
  assert.is(entry.group, pid);
  assert.is((await find(procfsTable, pid))?.parent, process.pid);
});

test('procfs: a variable of another process is read, whole', async () => {
  const { pid } = start('sleep 300', 'a=b');
  await waitFor('its environment', () => procfsTable.variable(pid, 'OWN') === 'a=b');
  assert.is(procfsTable.variable(pid, 'OW'), null);
  assert.is(procfsTable.variable(999_999_999, 'OWN'), null);
});

test('ps: a process is the same when the time zone has changed, and by the local start that earlier wrappers wrote', async () => {
  const { pid } = start('exec sleep 300');
  const entry = await waitFor('its listing', () => find(psTable, pid));
  const { TZ } = process.env;
  try {
    process.env.TZ = 'XYZ-9';
    assert.ok(await psTable.isAlive(entry));
    const { stdout } = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } });
    const local = stdout.trim().split(/\s+/).join(' ');
    assert.is.not(local, entry.start);
    assert.ok(await psTable.isAlive({ pid, start: local }));
    assert.not.ok(await psTable.isAlive({ pid, start: 'Sat Nov 1 21:03:01 2025' }));
  } finally {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  }
});

test('ps: SIGKILL also ends processes forked after the listing', async () => {
  const { pid } = start('sleep 300 & sleep 301; :');
  await waitFor(
    'both children',
    async () => (await procfsTable.list()).filter(({ parent }) => parent === pid).length === 2,
  );
  const family = (await procfsTable.list()).filter(({ group }) => group === pid);
  psTable.signal({ pid, start: '' }, 'SIGKILL');
  for (const entry of family) await waitFor('its death', async () => !(await procfsTable.isAlive(entry)));
});

test.run();
