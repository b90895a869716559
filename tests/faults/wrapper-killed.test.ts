import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { processesOf } from '../harness/census.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test);

/** A host whose op `work` waits at its own gate, then says `end` and ends well. */
async function addWorker(system: System, name: string) {
  const script = `echo begin; ${waitAtGate(system.dir, name)}; echo end`;
  const subject = await addSubject(system, name, { ops: { work: script, deaf: `trap '' TERM; ${script}` } });
  const begin = async (op = 'work') => {
    const id = await system.dispatch(op, name);
    const { pid } = await system.command(id, (command) => command.output.bytes > 0 && command.pid !== null);
    return { id, wrapper: pid ?? 0 };
  };
  return { subject, begin, goOn: () => openGate(system.dir, name) };
}

const LOST = { status: 'LOST', code: 'agent_lost_command', exitCode: null, starts: 1 } as const;

test(
  'the wrapper killed while its step lives on: running until the step has ended, then LOST, for nobody saw how',
  inSystem(async (system) => {
    const { subject, begin, goOn } = await addWorker(system, 'orphan');
    const { id, wrapper } = await begin();
    process.kill(wrapper, 'SIGKILL');
    const busy = await system.api.dispatch({ op: 'work', hosts: ['orphan'] });
    assert.is(busy.answer.results[0]?.code, 'command_pending');
    await waitFor(
      'a report that it runs',
      async () => (await system.api.host('orphan')).report?.running?.id,
      (running) => running === id,
    );
    goOn();
    await expectSound(subject, id, { ...LOST, output: 'begin\nend\n' });
  }),
);

test(
  'the same where the agent is killed as well, and another one takes over',
  inSystem(async (system) => {
    const { subject, begin, goOn } = await addWorker(system, 'both');
    const { id, wrapper } = await begin();
    subject.host.agent.kill('SIGKILL');
    process.kill(wrapper, 'SIGKILL');
    await waitFor('the next agent', () => subject.host.agent.exits.length === 1 && subject.host.agent.pid());
    await subject.host.online();
    assert.is((await system.api.command(id)).status, 'EXECUTING');
    goOn();
    await expectSound(subject, id, { ...LOST, output: 'begin\nend\n' });
  }),
);

test(
  'a process that outlives its wrapper can be killed',
  inSystem(async (system) => {
    const { subject, begin } = await addWorker(system, 'kill-orphan');
    const { id, wrapper } = await begin('deaf');
    process.kill(wrapper, 'SIGKILL');
    await system.dispatch('kill', 'kill-orphan', { options: { graceMs: 100 } });
    await expectSound(subject, id, { status: 'KILLED', exitCode: null, starts: 1, output: 'begin\n' });
  }),
);

test(
  'a wrapper that is stopped is no obstacle to a kill',
  inSystem(async (system) => {
    const { subject, begin } = await addWorker(system, 'stopped');
    const { id, wrapper } = await begin('deaf');
    process.kill(wrapper, 'SIGSTOP');
    await system.dispatch('kill', 'stopped', { options: { graceMs: 100 } });
    await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'begin\n' });
  }),
);

test(
  'everything of a command killed at once by somebody: ERROR, signalled',
  inSystem(async (system) => {
    const { subject, begin } = await addWorker(system, 'all');
    const { id, wrapper } = await begin();
    process.kill(-wrapper, 'SIGKILL');
    const { signal } = await expectSound(subject, id, { status: 'ERROR', code: 'signalled', starts: 1 });
    assert.is(signal, 'SIGKILL');
  }),
);

test(
  'everything killed when the steps had ended and the wrapper tidied up: LOST, for their exit code went with it',
  inSystem(async (system) => {
    const script = "(trap '' TERM; exec sleep 301) & echo begin; exit 4";
    const subject = await addSubject(system, 'tidying', { ops: { work: script } });
    const id = await system.dispatch('work', 'tidying');
    await waitFor('the wrapper to tidy up', () => existsSync(join(subject.host.stateDir, 'spool', id, 'over')));
    // Output that the kill finds in the pipe is lost with it.
    const { pid } = await system.command(id, ({ pid, output }) => pid !== null && output.bytes === 'begin\n'.length);
    process.kill(-(pid ?? 0), 'SIGKILL');
    await expectSound(subject, id, { ...LOST, output: 'begin\n' });
  }),
);

test(
  'everything of a command killed while its agent was down: LOST',
  inSystem(async (system) => {
    const { subject, begin } = await addWorker(system, 'unseen');
    const { id, wrapper } = await begin();
    await subject.host.agent.crash();
    process.kill(-wrapper, 'SIGKILL');
    subject.host.agent.start();
    await expectSound(subject, id, LOST);
  }),
);

test(
  'a step killed by somebody: the exit code says so',
  inSystem(async (system) => {
    const { subject, begin } = await addWorker(system, 'step');
    const { id, wrapper } = await begin();
    for (const { pid } of stepsOf(id, wrapper)) process.kill(pid, 'SIGKILL');
    await expectSound(subject, id, { status: 'ERROR', code: 'exit_nonzero', exitCode: 137, starts: 1 });
  }),
);

/** Processes of the step itself: the wrapper and the output's reader carry the script's path, or read for it. */
const stepsOf = (id: string, wrapper: number) =>
  processesOf(`spool/${id}`).filter(({ pid, command }) => pid !== wrapper && command.includes('echo begin'));

test.run();
