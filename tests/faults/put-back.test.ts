import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isActive } from '../../shared/command.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import type { TestHost } from '../harness/host.ts';
import { type System, withSystem } from '../harness/system.ts';

/**
 * The store is put back to a copy while hosts went on: DATA_DIR, or the database on PostgreSQL.
 */
type Copy = { putBack(): Promise<void> };

/** Stops the coordinator for the copy, and lets it go on. */
async function copyStore({ coordinator, shared, dir }: System): Promise<Copy> {
  await coordinator.stop();
  const copy = shared ? await copyDatabase(shared.server) : copyFolder(coordinatorData(dir), join(dir, 'copy'));
  await coordinator.start();
  return {
    async putBack() {
      await coordinator.kill('SIGKILL');
      await copy();
      await coordinator.start();
    },
  };
}

const coordinatorData = (dir: string): string => join(dir, 'data');

function copyFolder(data: string, to: string): () => void {
  cpSync(data, to, { recursive: true });
  return () => {
    rmSync(data, { recursive: true });
    cpSync(to, data, { recursive: true });
  };
}

type Server = NonNullable<System['shared']>['server'];

async function copyDatabase(server: Server): Promise<() => Promise<void>> {
  await server.query('CREATE DATABASE copy TEMPLATE switchyard');
  return async () => {
    await server.query('DROP DATABASE switchyard WITH (FORCE)');
    await server.query('ALTER DATABASE copy RENAME TO switchyard');
  };
}

const isBuried = (host: TestHost, id: string): boolean =>
  !existsSync(join(host.stateDir, 'spool', id)) && existsSync(join(host.stateDir, 'tombstones', `${id}.json`));

const buried = (host: TestHost, id: string) => waitFor(`${id} to be forgotten by its host`, () => isBuried(host, id));

const events = async ({ api }: System, code: string): Promise<string[]> =>
  (await api.events()).filter((event) => event.code === code).map(({ message }) => message);

const ended = (system: System, id: string) => system.command(id, ({ status }) => !isActive(status));

test(
  'put back to before their ends: what ran ends as it ended, once, and the lost part of its output is said to be lost',
  withSystem(async (system) => {
    const { dir, addHost, dispatch, command, run } = system;
    const ops = {
      work: `echo $$ >>'${dir}/ran'; echo before; ${waitAtGate(dir)}; echo after; exit 3`,
      quick: 'exit 4',
    };
    const host = await addHost('web1', { ops });
    const id = await dispatch('work', 'web1');
    await command(id, ({ output }) => output.bytes === 7);
    const copy = await copyStore(system);
    await host.online();
    openGate(dir);
    assert.is((await command(id)).exitCode, 3);
    const unknown = await run('quick', 'web1');
    for (const one of [id, unknown.id]) await buried(host, one);
    await copy.putBack();

    const { status, code, exitCode, output, history } = await ended(system, id);
    assert.equal([status, code, exitCode], ['ERROR', 'exit_nonzero', 3]);
    assert.equal(output, { bytes: 7, total: 13, truncated: true });
    assert.equal(
      history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'ERROR'],
    );
    assert.is((await events(system, 'store_rewound')).length, 1);
    assert.is((await run('quick', 'web1')).exitCode, 4);
  }),
);

test.run();
