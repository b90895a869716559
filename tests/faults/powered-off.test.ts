import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { killAllOf } from '../harness/census.ts';
import { atFrame } from '../harness/frame-fault.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type SubjectOptions } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const inSystem = shareSystem(test, {
  config: '[ops.short]\nwarningMs = 300\ntimeoutMs = 600\n[ops.again]\nreconnectMs = 6000\n',
});

/**
 * A host that can lose its power: the agent, its commands and the content of /run are gone at once, and it comes back with
 * another boot.
 */
async function addPowered(system: System, name: string, more: SubjectOptions = {}) {
  const wait = `echo begin; ${waitAtGate(system.dir, name)}; echo end; exit 5`;
  const subject = await addSubject(system, name, {
    ...more,
    env: { SWITCHYARD_BOOT_ID: 'boot-1' },
    ops: { work: wait, short: wait, deaf: `trap '' TERM; ${wait}`, halt: { script: wait, completion: 'reboot' } },
  });
  const { host } = subject;
  return {
    subject,
    begin: async (op: string) => {
      const id = await system.dispatch(op, name);
      await system.command(id, ({ output }) => output.bytes > 0);
      return id;
    },
    goOn: () => openGate(system.dir, name),
    async powerOff() {
      await host.agent.crash();
      await killAllOf(host.dir);
      host.tidy();
      await host.offline();
    },
    powerOn() {
      host.env.SWITCHYARD_BOOT_ID = 'boot-2';
      host.agent.start();
    },
  };
}

test(
  'a host whose power is cut with a command active: nothing is said until it is back, then ABORTED_BY_REBOOT',
  inSystem(async (system) => {
    const { subject, begin, powerOff, powerOn } = await addPowered(system, 'cut');
    const id = await begin('work');
    await powerOff();
    assert.is((await system.api.command(id)).status, 'EXECUTING');
    powerOn();
    await expectSound(subject, id, { status: 'ABORTED_BY_REBOOT', code: 'host_rebooted', starts: 1 });
  }),
);

test(
  'a command that had ended before the power was cut, unheard: it ends by its result',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const { subject, begin, goOn, powerOff, powerOn } = await addPowered(system, 'unheard', { address: proxy.address });
    const id = await begin('work');
    proxy.down();
    goOn();
    await waitFor('its result on the disk', () => existsSync(join(subject.host.stateDir, 'spool', id, 'result.json')));
    await powerOff();
    proxy.up();
    powerOn();
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });
  }),
);

test(
  'a command that had not reached the host when the power was cut runs once it is back',
  inSystem(async (system) => {
    const proxy = await system.addProxy();
    const { subject, goOn, powerOff, powerOn } = await addPowered(system, 'undelivered', { address: proxy.address });
    const hit = atFrame(proxy, 'coordinator command.run', 'cut-before');
    const id = await system.dispatch('work', 'undelivered');
    await hit;
    proxy.down();
    await powerOff();
    goOn();
    proxy.up();
    powerOn();
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\nend\n' });
  }),
);

test(
  'the power cut during a kill: the boot has ended both',
  inSystem(async (system) => {
    const { subject, begin, powerOff, powerOn } = await addPowered(system, 'killed');
    const id = await begin('deaf');
    const killId = await system.dispatch('kill', 'killed', { options: { graceMs: 60_000 } });
    await system.command(id, ({ kill }) => kill?.stage === 'term');
    await powerOff();
    powerOn();
    await expectSound(subject, id, { status: 'ABORTED_BY_REBOOT', starts: 1 });
    assert.is((await system.command(killId)).status, 'SUCCESS');
  }),
);

test(
  'a reboot that was asked for, its command cut off by the shutdown: SUCCESS, shown by the boot id',
  inSystem(async (system) => {
    const { subject, begin, powerOff, powerOn } = await addPowered(system, 'reboot');
    const id = await begin('halt');
    await powerOff();
    powerOn();
    await expectSound(subject, id, { status: 'SUCCESS', starts: 1, output: 'begin\n', byBoot: true });
  }),
);

test(
  'a boot id that stays over a reboot: it is said that the agent is back, and no dead agent is looked for',
  inSystem(async (system) => {
    const env = { SWITCHYARD_BOOT_ID: 'boot-1' };
    const ops = { again: { script: 'echo again', completion: 'reboot' as const } };
    const subject = await addSubject(system, 'same-boot', { env, ops });
    const id = await system.dispatch('again', 'same-boot');
    await system.command(id, ({ status }) => status === 'AWAITING_RECONNECT');
    subject.host.agent.kill('SIGKILL');
    await subject.host.offline();
    await subject.host.online();
    const { message, hint } = await expectSound(subject, id, { status: 'TIMEOUT', code: 'no_reconnect', starts: 1 });
    assert.match(message ?? '', 'came back from the same boot id');
    assert.match(hint ?? '', 'uptime');
    assert.not.match(hint ?? '', 'switchyard-agent');
  }),
);

test(
  'a host that does not come back: a person is asked in time, and may stop waiting; its return changes nothing',
  inSystem(async (system) => {
    const { api } = system;
    const { subject, begin, powerOff, powerOn } = await addPowered(system, 'away');
    const id = await begin('short');
    await powerOff();
    const asked = await system.command(id, ({ timeoutStatus }) => timeoutStatus === 'TIMED_OUT');
    assert.is(asked.status, 'EXECUTING');
    const kinds = (await api.attention()).filter(({ commandId }) => commandId === id).map(({ kind }) => kind);
    assert.equal(kinds, ['timed_out']);
    const answer = { method: 'POST', body: { action: 'ignore' } };
    assert.is((await api.send(`/api/commands/${id}/timeout-action`, answer)).status, 200);
    powerOn();
    await expectSound(subject, id, { status: 'TIMEOUT', code: 'timeout_ignored', starts: 1 });
  }),
);

test.run();
