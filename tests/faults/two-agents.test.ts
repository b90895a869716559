import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { CONFLICT_WAIT_MS } from '../../shared/wire/protocol.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { logLines, type Program, readLog, startProgram } from '../harness/program.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { whileStopped } from '../harness/stopped.ts';
import { addSubject, expectSound, type Subject } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test);

const addWorker = (system: System, name: string) =>
  addSubject(system, name, { ops: { work: `echo begin; ${waitAtGate(system.dir, name)}; echo end; exit 5` } });

/** Another agent with the same token and ops, in the state folder given. */
function startSecond({ system, host }: Subject, stateDir: string): { program: Program; logFile: string } {
  const logFile = join(system.dir, `second-${host.name}.log`);
  const env = { ...host.env, SWITCHYARD_STATE_DIR: stateDir, SWITCHYARD_HOSTNAME: 'second' };
  return { program: startProgram({ argv: [process.execPath, join(system.dir, 'agent.js')], env, logFile }), logFile };
}

/** The agent's words on each connection that it did not get or keep. */
const refusals = (logFile: string) => logLines(logFile).filter(({ msg }) => msg === 'not connected');

test(
  'a second agent with the token but a state folder of its own is refused; the first and its command notice nothing',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'duplicate');
    const { host } = subject;
    const id = await system.dispatch('work', 'duplicate');
    await system.command(id, ({ output }) => output.bytes > 0);
    const stateDir = join(system.dir, 'second-state');
    mkdirSync(stateDir);
    const second = startSecond(subject, stateDir);
    const [refusal] = await waitFor(
      'a refusal',
      () => refusals(second.logFile),
      ({ length }) => length > 0,
    );
    assert.ok(Number(refusal?.retryInMs) >= CONFLICT_WAIT_MS, `comes again after ${refusal?.retryInMs} ms`);
    const events = await system.api.events(`?host=${host.hostId}`);
    assert.is(events.filter(({ code }) => code === 'duplicate_agent').length, 1);
    const kinds = (await system.api.attention()).filter(({ hostId }) => hostId === host.hostId).map(({ kind }) => kind);
    assert.equal(kinds, ['duplicate_agent']);
    openGate(system.dir, 'duplicate');
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });
    assert.equal(refusals(host.logFile), [], 'the first was not disturbed');
    second.program.kill('SIGTERM');
    await second.program.exited;
  }),
);

test(
  'the same agent started twice: the second leaves at once and says which one is there; the first and its command notice nothing',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'twice');
    const { host } = subject;
    const id = await system.dispatch('work', 'twice');
    await system.command(id, ({ output }) => output.bytes > 0);
    const second = startSecond(subject, host.stateDir);
    assert.is((await second.program.exited).code, 75);
    assert.match(readLog(second.logFile), `another agent with the pid ${host.agent.pid()} works on ${host.stateDir}`);
    openGate(system.dir, 'twice');
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });
    assert.equal(refusals(host.logFile), [], 'the first was not disturbed');
  }),
);

test(
  'a copy of a host, with token and state folder, takes over too, and cannot make up for what it does not have',
  inSystem(async (system) => {
    const subject = await addWorker(system, 'copied');
    const { host } = subject;
    const copy = join(system.dir, 'copied-state');
    await whileStopped(Number(host.agent.pid()), () => cpSync(host.stateDir, copy, { recursive: true }));
    const id = await system.dispatch('work', 'copied');
    await system.command(id, ({ output }) => output.bytes > 0);
    const second = startSecond(subject, copy);
    const lost = await system.command(id);
    assert.equal([lost.status, lost.code], ['LOST', 'agent_lost_command']);
    // The first one comes back when the copy is gone, and reports what it knows.
    second.program.kill('SIGTERM');
    await second.program.exited;
    openGate(system.dir, 'copied');
    host.agent.kill('SIGTERM');
    await system.command(id, (command) => command.lateResult !== null);
    const { lateResult } = await expectSound(subject, id, { status: 'LOST', starts: 1, output: 'begin\nend\n' });
    assert.is(lateResult?.exitCode, 5);
  }),
);

test.run();
