import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { atFrame } from '../harness/frame-fault.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectFree, expectSound, type Subject } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test, {
  config: [
    '[ops.slow]\nwarningMs = 200\ntimeoutMs = 500\nkillGraceMs = 200',
    '[ops.strict]\nwarningMs = 200\ntimeoutMs = 400\nkillGraceMs = 200\nonTimeout = "kill"\ndecisionMs = 300',
    '[ops.late]\nnotAfterMs = 300',
  ].join('\n'),
});

/** A host whose ops all wait at a gate of their own. */
async function addSlow(system: System, name: string, address = system.coordinator.address): Promise<Subject> {
  const script = `echo begin; ${waitAtGate(system.dir, name)}; echo end; exit 5`;
  return addSubject(system, name, { address, ops: { slow: script, strict: script, late: script } });
}

const answer = ({ system: { api } }: Subject, id: string, body: object) =>
  api.send(`/api/commands/${id}/timeout-action`, { method: 'POST', body });

const inTimeout = ({ system }: Subject, id: string, wanted: 'WARNING' | 'TIMED_OUT') =>
  system.command(id, ({ timeoutStatus }) => timeoutStatus === wanted);

const attention = async ({ system: { api } }: Subject, id: string) =>
  (await api.attention()).filter(({ commandId }) => commandId === id).map(({ kind }) => kind);

const causes = async ({ system: { api } }: Subject, id: string) =>
  (await api.command(id)).history.map(({ to, timeoutStatus, cause }) => `${to} ${timeoutStatus}: ${cause}`);

test(
  'a command that takes too long is warned of, times out and waits for a person; whoever waits gets the end as it was',
  inSystem(async (system) => {
    const subject = await addSlow(system, 'wait');
    const { api } = system;
    const id = await system.dispatch('slow', 'wait');
    assert.is((await answer(subject, id, { action: 'wait', minutes: 1 })).status, 409, 'nothing is late yet');
    const warned = await inTimeout(subject, id, 'WARNING');
    assert.equal([warned.status, await attention(subject, id)], ['EXECUTING', []]);
    assert.is((await answer(subject, id, { action: 'ignore' })).status, 409, 'not before it has timed out');
    const late = await inTimeout(subject, id, 'TIMED_OUT');
    assert.equal([late.status, await attention(subject, id)], ['EXECUTING', ['timed_out']]);

    assert.is((await answer(subject, id, { action: 'wait', minutes: 2 })).status, 200);
    const waiting = await api.command(id);
    assert.equal([waiting.timeoutStatus, waiting.warningAt], ['NORMAL', null]);
    assert.ok((waiting.timeoutAt ?? 0) - (late.timeoutAt ?? 0) > 119_000);
    assert.ok(waiting.extendedMs > 119_000);
    assert.equal(await attention(subject, id), []);
    openGate(system.dir, 'wait');
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });
    assert.equal(await causes(subject, id), [
      'PENDING NORMAL: dispatched',
      'EXECUTING NORMAL: accepted',
      'EXECUTING WARNING: warningAt',
      'EXECUTING TIMED_OUT: timeoutAt',
      'EXECUTING NORMAL: wait',
      'ERROR NORMAL: exited',
    ]);
    const events = await api.events(`?command=${id}`);
    for (const [level, part] of [
      ['warn', 'still runs'],
      ['error', 'timed out'],
      ['info', 'waits 2 min'],
    ])
      assert.ok(
        events.some((event) => event.level === level && event.message.includes(String(part)) && event.next),
        `${level}: ${part}`,
      );
  }),
);

test(
  'kill is the answer of a person, also in WARNING, and ends the tree',
  inSystem(async (system) => {
    const subject = await addSlow(system, 'kill');
    const id = await system.dispatch('slow', 'kill');
    await inTimeout(subject, id, 'WARNING');
    assert.is((await answer(subject, id, { action: 'kill' })).status, 200);
    const { timeoutStatus } = await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'begin\n' });
    assert.is(timeoutStatus, 'NORMAL');
  }),
);

test(
  'an ignored command is a TIMEOUT; its process goes on, the host is busy until it ends, and its result is kept',
  inSystem(async (system) => {
    const subject = await addSlow(system, 'ignore');
    const { api } = system;
    const id = await system.dispatch('slow', 'ignore');
    await inTimeout(subject, id, 'TIMED_OUT');
    assert.is((await answer(subject, id, { action: 'ignore' })).status, 200);
    assert.equal([(await api.command(id)).status, (await api.command(id)).code], ['TIMEOUT', 'timeout_ignored']);
    const busy = await api.dispatch({ op: 'next', hosts: ['ignore'] });
    assert.equal([busy.status, busy.answer.results[0]?.code], [409, 'agent_busy']);
    openGate(system.dir, 'ignore');
    await system.command(id, ({ lateResult }) => lateResult !== null);
    const ended = await expectSound(subject, id, { status: 'TIMEOUT', starts: 1, output: 'begin\nend\n' });
    assert.is(ended.lateResult?.exitCode, 5);
  }),
);

test(
  'an ignored command can still be killed by its id; its status stays',
  inSystem(async (system) => {
    const subject = await addSlow(system, 'ignore-kill');
    const id = await system.dispatch('slow', 'ignore-kill');
    await inTimeout(subject, id, 'TIMED_OUT');
    await answer(subject, id, { action: 'ignore' });
    const kill = await system.run('kill', 'ignore-kill', { options: { commandId: id } });
    assert.equal([kill.status, kill.code, kill.targetCommandId], ['SUCCESS', null, id]);
    await expectSound(subject, id, { status: 'TIMEOUT', code: 'timeout_ignored', starts: 1, output: 'begin\n' });
  }),
);

test(
  'onTimeout = "kill": nobody answers in time, so the system kills it, once, and says so',
  inSystem(async (system) => {
    const subject = await addSlow(system, 'strict');
    const id = await system.dispatch('strict', 'strict');
    const { decideBy } = await inTimeout(subject, id, 'TIMED_OUT');
    assert.type(decideBy, 'number');
    await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'begin\n' });
    const kills = await system.api.commands('?op=kill&host=strict');
    assert.equal(
      kills.map(({ status, requestedBy, targetCommandId }) => [status, requestedBy, targetCommandId]),
      [['SUCCESS', 'system', id]],
    );
  }),
);

test(
  'a deadline that passes while the coordinator is down is told after its restart, and is no reason to kill at once',
  inSystem(async (system) => {
    const subject = await addSlow(system, 'restart');
    const id = await system.dispatch('strict', 'restart');
    const { timeoutAt } = await system.command(id, ({ output }) => output.bytes > 0);
    await system.coordinator.kill('SIGKILL');
    await waitFor('the deadline to pass', () => Date.now() > (timeoutAt ?? 0));
    await system.coordinator.start();
    await subject.host.online();
    assert.is((await system.api.command(id)).status, 'EXECUTING');
    openGate(system.dir, 'restart');
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });
  }),
);

test(
  'a command that the host does not accept in time: whoever waits has it sent again, and it runs once; whoever does not has it forbidden',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const subject = await addSlow(system, 'late', proxy.address);
    const { host } = subject;
    openGate(system.dir, 'late');
    const hit = atFrame(proxy, 'coordinator command.run', 'cut-before', { act: proxy.down });
    const waited = await system.dispatch('late', 'late');
    await hit;
    const late = await inTimeout(subject, waited, 'TIMED_OUT');
    assert.equal([late.status, await attention(subject, waited)], ['PENDING', ['timed_out']]);
    assert.is((await answer(subject, waited, { action: 'wait', minutes: 1 })).status, 200);
    proxy.up();
    await expectSound(subject, waited, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });

    const pid = host.agent.pid() ?? 0;
    process.kill(pid, 'SIGSTOP');
    const ignored = await system.dispatch('late', 'late');
    await inTimeout(subject, ignored, 'TIMED_OUT');
    assert.is((await answer(subject, ignored, { action: 'ignore' })).status, 200);
    process.kill(pid, 'SIGCONT');
    await expectSound(subject, ignored, { status: 'TIMEOUT', starts: 0, output: '' });
    await expectFree(subject);
  }),
);

test.run();
