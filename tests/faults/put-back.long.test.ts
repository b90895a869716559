import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresTest } from '../../coordinator/store/postgres/fixtures/postgres-test.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { startRun } from '../cli/fixtures/command-line.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { SharedDatabase } from '../harness/shared-database.ts';
import { addSubject, expectFree, expectNothingLeft, expectSound, type Subject } from '../harness/subject.ts';
import { type System, withSystem } from '../harness/system.ts';
import { leaderOf, sharedOf } from '../lead/scene.ts';

/** The store loses commits while its hosts go on: a copy of it is restored, or a lagging replica takes its place. */

/** Takes a copy of the store. Resolves to a function that puts it in the store's place. */
type Copy = (system: System) => Promise<() => Promise<void>>;

/** Copies the store of a stopped coordinator. */
async function copyStore({ coordinator, shared, dir }: System): Promise<() => Promise<void>> {
  await coordinator.stop();
  const restore = await (shared ? copyDatabase(shared.server) : copyFolder(join(dir, 'data'), join(dir, 'copy')));
  await coordinator.start();
  return async () => {
    await coordinator.kill('SIGKILL');
    await restore();
    await coordinator.start();
  };
}

function copyFolder(data: string, copy: string): () => void {
  cpSync(data, copy, { recursive: true });
  return () => {
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
  };
}

async function copyDatabase({ query }: SharedDatabase['server']): Promise<() => Promise<void>> {
  await query('CREATE DATABASE copy TEMPLATE switchyard');
  return async () => {
    await query('DROP DATABASE switchyard WITH (FORCE)');
    await query('ALTER DATABASE copy RENAME TO switchyard');
  };
}

/** The copy lacks a takeover too: its row names a leader that stands by meanwhile. */
async function lagReplica(system: System): Promise<() => Promise<void>> {
  const shared = sharedOf(system);
  const replica = await shared.addReplica();
  await replica.cut();
  const { coordinator } = await leaderOf(system);
  await coordinator.stop();
  await leaderOf(system, (member) => member.coordinator !== coordinator);
  await coordinator.start();
  return replica.promote;
}

const told = async ({ api }: System, code: string, host: string): Promise<string[]> =>
  (await api.events(`?host=${host}&limit=500`)).filter((event) => event.code === code).map(({ message }) => message);

async function lost(system: System, copy: Copy): Promise<void> {
  const { dir, dispatch, command, run, api } = system;
  const gated = (name: string) => `echo before; ${waitAtGate(dir, name)}; echo after; exit 3`;
  const add = (name: string) =>
    addSubject(system, name, { ops: { ended: gated('ended'), goes: gated('goes'), quick: 'exit 4' } });
  const hosts: Subject[] = await Promise.all(['ended', 'running', 'pending', 'unknown'].map(add));
  const [ended, running, pending, unknown] = hosts as [Subject, Subject, Subject, Subject];

  const ids = {
    ended: await dispatch('ended', 'ended'),
    running: await dispatch('goes', 'running'),
    pending: '',
    queued: '',
  };
  for (const id of [ids.ended, ids.running]) await command(id, ({ output }) => output.bytes === 7);
  // The command stays PENDING while its agent is stopped, and the next one QUEUED.
  pending.host.agent.kill('SIGSTOP');
  ids.pending = await dispatch('quick', 'pending');
  ids.queued = await dispatch('quick', 'pending', { queueMs: 60_000 });
  const putBack = await copy(system);

  pending.host.agent.kill('SIGCONT');
  await Promise.all(hosts.map(({ host }) => host.online()));
  openGate(dir, 'ended');
  for (const id of [ids.ended, ids.pending, ids.queued]) await command(id);
  const never = { ended: (await run('quick', 'unknown')).id, running: await dispatch('goes', 'unknown') };
  await command(never.running, ({ output }) => output.bytes === 7);
  await expectNothingLeft(ended.host, ids.ended);
  await expectNothingLeft(pending.host, ids.queued);
  await expectNothingLeft(unknown.host, never.ended);
  await putBack();

  await Promise.all(hosts.map(({ host }) => host.online()));
  const [item, ...others] = await api.attention();
  assert.equal([item?.kind, others], ['store_rewound', []]);
  if (!system.shared) assert.match((await startRun(system, 'doctor').ended).out, /warn +store: The store was put back/);
  await waitFor(
    'the events about the ended and the running command that the store does not know',
    () => told(system, 'unrecorded_command', 'unknown'),
    (messages) =>
      messages.some((message) => message.includes(`quick (${never.ended})`) && message.includes('exit code 4')) &&
      messages.some((message) => message.includes(`goes (${never.running})`) && message.includes('it runs')),
  );
  openGate(dir, 'goes');
  await waitFor(
    'the end of the unknown run',
    () => told(system, 'unrecorded_command', 'unknown'),
    (messages) => messages.some((message) => message.includes(never.running) && message.includes('exit code 3')),
  );
  await expectNothingLeft(unknown.host, never.running);
  await expectFree(unknown);

  await expectSound(ended, ids.ended, { status: 'ERROR', exitCode: 3, starts: 1, output: 'before\n', truncated: true });
  await expectSound(running, ids.running, { status: 'ERROR', exitCode: 3, starts: 1, output: 'before\nafter\n' });
  await expectSound(pending, ids.pending, { status: 'ERROR', exitCode: 4, starts: 1 });
  await expectSound(pending, ids.queued, { status: 'ERROR', exitCode: 4, starts: 1 });
  for (const id of Object.values(never)) assert.is(unknown.deeds.of(id).starts, 1);
  for (const name of ['ended', 'running', 'pending', 'unknown'])
    assert.is((await told(system, 'store_rewound', name)).length, 1, name);
  assert.equal(await api.attention(), [], 'a later success on each host settles the item');
}

const title =
  'commands that hosts hold or run end as they did there, unknown ones are reported, and nothing runs twice';
const losing = (copy: Copy, coordinators?: number) =>
  withSystem((system) => lost(system, copy), coordinators === undefined ? {} : { coordinators });
test(`a copy of DATA_DIR is put back: ${title}`, losing(copyStore));
postgresTest(`a copy of the database is put back: ${title}`, losing(copyStore, 1));
postgresTest(`an asynchronous replica that lags is promoted: ${title}`, losing(lagReplica, 2));

test.run();
