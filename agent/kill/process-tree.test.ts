import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMAND_VARIABLE } from '../config/command-environment.ts';
import type { ProcessIdentity, Started } from '../spool/spool.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import { listTree } from './process-tree.ts';

const WRAPPER = 100;
const READER = 101;
const started: Started = { bootId: 'b', wrapper: { pid: WRAPPER, start: 's100' }, reader: READER, at: 0 };

type Row = Partial<ProcessEntry> & { pid: number; command?: string };

/** A process by itself, in a session of its own, unless the row says otherwise. */
const entry = ({ pid, command: _, ...rest }: Row): ProcessEntry => ({
  pid,
  start: `s${pid}`,
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
    variable: (pid, name) => (name === COMMAND_VARIABLE && rows.find((row) => row.pid === pid)?.command) || null,
    isDying: () => false,
    signal() {},
  };
}

const wrapper: Row = { pid: WRAPPER, command: 'id' };
const inSession = { session: WRAPPER, group: WRAPPER };

async function members(rows: readonly Row[], seen: readonly ProcessIdentity[] = [], unit: readonly number[] = []) {
  const tree = await listTree(tableOf(rows), { id: 'id', started, seen, unit });
  return tree.members.map(({ pid }) => pid);
}

test('the session, the group, their descendants, and whoever carries the id belong to the command', async () => {
  const rows: Row[] = [
    wrapper,
    { pid: 1, parent: 0 },
    { pid: 200, ...inSession, parent: WRAPPER },
    { pid: 201, session: WRAPPER, group: 201 },
    { pid: 300, parent: 200 },
    { pid: 301, parent: 300 },
    { pid: 400, command: 'id' },
    { pid: 401, parent: 400 },
    { pid: 500, command: 'another' },
    { pid: 600 },
  ];
  assert.equal(await members(rows), [200, 201, 300, 301, 400, 401]);
});

test('wrapper and readers are told apart from what is to be killed', async () => {
  const rows: Row[] = [
    wrapper,
    { pid: READER, ...inSession, parent: WRAPPER, command: 'id' },
    { pid: 102, ...inSession, parent: READER, command: 'id' },
    { pid: 200, ...inSession, parent: WRAPPER },
  ];
  const tree = await listTree(tableOf(rows), { id: 'id', started, seen: [], unit: [] });
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
  const tree = await listTree(tableOf([{ ...wrapper, zombie: true }]), { id: 'id', started, seen: [], unit: [] });
  assert.is(tree.wrapper, null);
});

test('a process that was seen counts as long as it is the same; another one with its pid does not', async () => {
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

test('a wrapper whose pid is given to another process takes its session number with it', async () => {
  const stranger: Row = { pid: WRAPPER, start: 'later' };
  const rows: Row[] = [stranger, { pid: 200, ...inSession, parent: WRAPPER }, { pid: 300, command: 'id' }];
  assert.equal(await members(rows), [300]);
});

test('a session whose wrapper is dead still belongs to the command', async () => {
  assert.equal(await members([{ pid: 200, ...inSession }]), [200]);
});

test("what is in the command's cgroup belongs to it, whatever it looks like", async () => {
  assert.equal(await members([wrapper, { pid: 200 }, { pid: 201 }], [], [201]), [201]);
});

test.run();
