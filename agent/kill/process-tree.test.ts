import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMAND_VARIABLE, TAG_VARIABLE } from '../config/command-environment.ts';
import type { ProcessIdentity, Started } from '../spool/spool-entry.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import { listTree } from './process-tree.ts';

const WRAPPER = 100;
const READER = 101;
const started: Started = { bootId: 'b', wrapper: { pid: WRAPPER, start: '100' }, reader: READER, at: 0 };

type Row = Partial<ProcessEntry> & { pid: number; id?: string; tag?: string; writes?: boolean };

/** A process in its own session, unless the row says otherwise. */
const entry = ({ pid, id: _, tag: _tag, writes: _writes, ...rest }: Row): ProcessEntry => ({
  pid,
  start: `${pid}`,
  parent: 1,
  group: pid,
  session: pid,
  zombie: false,
  ...rest,
});

function tableOf(rows: readonly Row[]): ProcessTable {
  return {
    readsVariables: true,
    list: async () => rows.map(entry),
    isAlive: async () => false,
    variable(pid, name) {
      const row = rows.find((row) => row.pid === pid);
      return { [COMMAND_VARIABLE]: row?.id, [TAG_VARIABLE]: row?.tag }[name] ?? null;
    },
    writesTo: (pid, fifo) => fifo === '/fifo' && rows.find((row) => row.pid === pid)?.writes === true,
    isDying: () => false,
    signal() {},
  };
}

const command = { id: 'id', tag: 'secret', fifo: '/fifo', started, seen: [], unit: [] };

const wrapper: Row = { pid: WRAPPER, tag: 'secret' };
const inSession = { session: WRAPPER, group: WRAPPER };

async function members(rows: readonly Row[], seen: readonly ProcessIdentity[] = [], unit: readonly number[] = []) {
  const tree = await listTree(tableOf(rows), { ...command, seen, unit });
  return tree.members.map(({ pid }) => pid);
}

test('the session, the group, their descendants, and processes with the tag belong to the command', async () => {
  const rows: Row[] = [
    wrapper,
    { pid: 1, parent: 0 },
    { pid: 200, ...inSession, parent: WRAPPER },
    { pid: 201, session: WRAPPER, group: 201 },
    { pid: 300, parent: 200 },
    { pid: 301, parent: 300 },
    { pid: 400, tag: 'secret' },
    { pid: 401, parent: 400 },
    { pid: 500, tag: 'another' },
    { pid: 600 },
  ];
  assert.equal(await members(rows), [200, 201, 300, 301, 400, 401]);
});

test('wrapper and readers are not among the processes to kill', async () => {
  const rows: Row[] = [
    wrapper,
    { pid: READER, ...inSession, parent: WRAPPER, tag: 'secret' },
    { pid: 102, ...inSession, parent: READER, tag: 'secret' },
    { pid: 200, ...inSession, parent: WRAPPER },
  ];
  const tree = await listTree(tableOf(rows), command);
  assert.is(tree.wrapper?.pid, WRAPPER);
  assert.equal(
    tree.readers.map(({ pid }) => pid),
    [READER, 102],
  );
  assert.equal(
    tree.members.map(({ pid }) => pid),
    [200],
  );
});

test('a zombie is dead', async () => {
  assert.equal(await members([wrapper, { pid: 200, ...inSession, zombie: true }]), []);
  const tree = await listTree(tableOf([{ ...wrapper, zombie: true }]), command);
  assert.is(tree.wrapper, null);
});

test('a seen process counts as long as it is the same; another one with its pid does not', async () => {
  const rows: Row[] = [
    { pid: 200, start: 'then' },
    { pid: 201, start: 'later' },
  ];
  const seen = [
    { pid: 200, start: 'then' },
    { pid: 201, start: 'then' },
  ];
  assert.equal(await members(rows, seen), [200]);
});

test("once a wrapper's pid goes to another process, its session number no longer counts", async () => {
  const stranger: Row = { pid: WRAPPER, start: 'later' };
  const rows: Row[] = [stranger, { pid: 200, ...inSession, parent: WRAPPER }, { pid: 300, tag: 'secret' }];
  assert.equal(await members(rows), [300]);
});

test("a dead wrapper's session still belongs to the command", async () => {
  assert.equal(await members([{ pid: 200, ...inSession }]), [200]);
});

test("every process in the command's cgroup belongs to it", async () => {
  assert.equal(await members([wrapper, { pid: 200 }, { pid: 201 }], [], [201]), [201]);
});

test('a process that can write into the FIFO belongs to the command, however it hides, unless it is older', async () => {
  const rows: Row[] = [
    wrapper,
    { pid: 50, writes: true },
    { pid: 200, writes: true },
    { pid: 201, parent: 200 },
    { pid: 300 },
  ];
  assert.equal(await members(rows), [200, 201]);
});

test('the id is public: it identifies processes only of commands that an earlier agent began', async () => {
  const rows: Row[] = [wrapper, { pid: 200, id: 'id' }];
  assert.equal(await members(rows), []);
  const begun = await listTree(tableOf(rows), { ...command, tag: null });
  assert.equal(
    begun.members.map(({ pid }) => pid),
    [200],
  );
});

test.run();
