import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { atFrame } from '../harness/frame-fault.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type Subject, type SubjectOptions } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test);

async function addWorker(system: System, name: string, more: SubjectOptions = {}) {
  const script = `echo begin; ${waitAtGate(system.dir, name)}; echo end; exit 5`;
  return addSubject(system, name, { ...more, ops: { work: script, deaf: `trap '' TERM; ${script}` } });
}

const begin = async ({ system, host }: Subject, op = 'work') => {
  const id = await system.dispatch(op, host.name);
  await system.command(id, ({ output }) => output.bytes > 0);
  return id;
};

/** Everything in the folder; the folder itself may be a mount. */
const wipe = ({ host: { stateDir } }: Subject): void => {
  for (const name of readdirSync(stateDir)) rmSync(join(stateDir, name), { recursive: true, force: true });
};

test(
  'the state folder wiped while the agent is away: the command is LOST, and the new agent ends what is left of it',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'away');
    const { host } = subject;
    const id = await begin(subject, 'deaf');
    await host.agent.crash();
    wipe(subject);
    assert.ok(processesOf(`spool/${id}`).length > 0);
    host.agent.start();
    await expectSound(subject, id, { status: 'LOST', code: 'state_lost', starts: 1, output: 'begin\n' });
  }),
);

test(
  'a command on its way to a host whose state folder is wiped meanwhile is never sent to the new one',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addWorker(system, 'pending', { address: proxy.address });
    const { host } = subject;
    const hit = atFrame(proxy, 'coordinator command.run', 'cut-before');
    const id = await system.dispatch('work', 'pending');
    await hit;
    proxy.down();
    await host.agent.crash();
    wipe(subject);
    openGate(system.dir, 'pending');
    proxy.up();
    host.agent.start();
    await expectSound(subject, id, { status: 'LOST', code: 'state_lost', starts: 0, output: '' });
  }),
);

test(
  'the state folder wiped under a running agent and its command: the end is told all the same, and the next command runs',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'under');
    const { host } = subject;
    const id = await begin(subject);
    wipe(subject);
    openGate(system.dir, 'under');
    await waitFor('its end on the host', () => subject.deeds.of(id).ends.length === 1);
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1 });
    assert.is(host.agent.exits.length, 0);
  }),
);

test.run();
