import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createNixFleet } from '../fixtures/nix-fleet.ts';
import { openGate, waitAtGate } from '../harness/gate.ts';
import { shareSystem } from '../harness/shared-system.ts';
import { addSubject, expectSound, type Subject } from '../harness/subject.ts';
import type { System } from '../harness/system.ts';

const nixTest = testUnless([toolMissing('nix')]);

const inSystem = shareSystem(test);

const DEAF = "trap '' TERM; echo begin; exec sleep 300";

const begin = async ({ system, host }: Subject, op: string) => {
  const id = await system.dispatch(op, host.name);
  await system.command(id, ({ output }) => output.bytes > 0);
  return id;
};

const addVictim = (system: System, name: string) =>
  addSubject(system, name, { ops: { deaf: DEAF, work: `echo begin; ${waitAtGate(system.dir, name)}; exit 5` } });

test(
  'a kill asked for while the host is offline waits for it, and is carried out when it is back',
  inSystem(async (system) => {
    const subject = await addVictim(system, 'offline');
    const { host } = subject;
    const id = await begin(subject, 'deaf');
    await host.agent.crash();
    await host.offline();
    const killId = await system.dispatch('kill', 'offline', { options: { graceMs: 100 } });
    assert.is((await system.api.command(id)).status, 'KILLING');
    assert.is((await system.api.command(killId)).status, 'KILLING');
    host.agent.start();
    await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'begin\n' });
    assert.is((await system.command(killId)).status, 'SUCCESS');
  }),
);

test(
  'a command that has ended by itself when the kill arrives ends as it did, and the kill says already_ended',
  inSystem(async (system) => {
    const subject = await addVictim(system, 'ended');
    const { host } = subject;
    const id = await begin(subject, 'work');
    await host.agent.crash();
    await host.offline();
    openGate(system.dir, 'ended');
    await waitFor('its end on the host', () => subject.deeds.of(id).ends.length === 1);
    const killId = await system.dispatch('kill', 'ended', { options: { graceMs: 100 } });
    host.agent.start();
    await expectSound(subject, id, { status: 'ERROR', exitCode: 5, starts: 1, output: 'begin\n' });
    const kill = await system.command(killId);
    assert.equal([kill.status, kill.code], ['SUCCESS', 'already_ended']);
  }),
);

test(
  'a stronger kill takes the place of the one under way, a weaker one is refused, and where nothing runs there is nothing to kill',
  inSystem(async (system) => {
    const subject = await addVictim(system, 'stronger');
    const { api } = system;
    const id = await begin(subject, 'deaf');
    const first = await system.dispatch('kill', 'stronger', { options: { graceMs: 3_600_000 } });
    await system.command(id, ({ kill }) => kill?.stage === 'term');
    const weaker = await api.dispatch({ op: 'kill', hosts: ['stronger'], options: { graceMs: 3_600_000 } });
    assert.equal([weaker.status, weaker.answer.results[0]?.code], [409, 'command_pending']);
    const second = await system.dispatch('kill', 'stronger', { options: { signal: 'SIGKILL' } });
    await expectSound(subject, id, { status: 'KILLED', starts: 1, output: 'begin\n' });
    assert.is((await system.command(first)).status, 'CANCELLED');
    assert.is((await system.command(second)).status, 'SUCCESS');
    const none = await api.dispatch({ op: 'kill', hosts: ['stronger'] });
    assert.equal([none.status, none.answer.results[0]?.code], [422, 'no_running_command']);
    const asked = (await api.events(`?command=${id}`)).filter(({ actor }) => actor === 'admin');
    assert.ok(
      asked.some(({ category, next }) => category === 'audit' && next?.startsWith('SIGKILL after')),
      'who, and what is next',
    );
  }),
);

nixTest(
  'a kill during the activation of a real switch is deferred until it has ended; with force it is not',
  inSystem(async (system) => {
    const fleet = await createNixFleet({ hosts: ['web1'], bundle: agentBundle });
    try {
      const { dir, env, installedPath, install } = fleet.host('web1');
      install();
      const host = await system.addHost('web1', { dir, env, program: installedPath });
      const activating = async (gate: string) => {
        // Ending its leftover takes the wrapper two seconds, time enough for the kill.
        const leave = "(trap '' TERM; exec sleep 301) & echo whole";
        fleet.commitActivation('web1', `echo activating; ${waitAtGate(system.dir, gate)}; ${leave}`);
        await system.run('pull', 'web1');
        const id = await system.dispatch('switch', 'web1');
        await waitFor(
          'the activation',
          async () => (await system.api.output(id)).toString(),
          (output) => /^activating$/m.test(output),
        );
        return id;
      };

      const deferred = await activating('deferred');
      const deferredKill = await system.dispatch('kill', 'web1', { options: { graceMs: 100 } });
      const waiting = await system.command(deferred, ({ kill }) => kill?.stage === 'deferred');
      assert.is(waiting.status, 'KILLING');
      openGate(system.dir, 'deferred');
      const activated = await system.command(deferred);
      const { before, after } = activated;
      assert.equal(
        [activated.status, activated.exitCode, activated.code],
        ['SUCCESS', 0, null],
        activated.message ?? '',
      );
      assert.is.not(after?.systemPath, before?.systemPath, 'it was activated');
      const late = await system.command(deferredKill);
      assert.equal([late.status, late.code], ['SUCCESS', 'already_ended']);
      assert.match((await system.api.output(deferred)).toString(), 'whole', 'no half activation');

      const forced = await activating('forced');
      const killId = await system.dispatch('kill', 'web1', { options: { graceMs: 100, force: true } });
      const killed = await system.command(forced);
      assert.equal([killed.status, killed.kill?.stage], ['KILLED', 'dead']);
      assert.not.match((await system.api.output(forced)).toString(), 'whole');
      assert.is((await system.command(killId)).status, 'SUCCESS');
      await host.agent.stop();
    } finally {
      fleet.close();
    }
  }),
);

test.run();
