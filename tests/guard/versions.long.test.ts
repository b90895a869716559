import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { builtPrograms } from '../../scripts/built-programs.ts';
import { ownSystem, testUnless } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { run } from '../cli/fixtures/command-line.ts';
import { earlierMissing, layEarlierVersion } from '../fixtures/earlier-version.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { type System, type SystemOptions, startSystem } from '../harness/system.ts';
import { type AgentHost, NEW, startAgentHost } from './guarded-host.ts';

// An agent and a coordinator of different versions: the earlier one knows no guards. Nothing may be lost, and no guard may go missing.

const unfit = [earlierMissing(), ownSystem()];
const declare = testUnless(unfit);
const dir = makeFolder('switchyard-earlier-');
test.after(async () => void (await clearFolder(dir)));
const earlier = unfit.some((reason) => reason !== null) ? { agent: '', coordinator: '' } : layEarlierVersion(dir);

/** A system with one host; `agent`, `program`: main files that differ from this checkout's. */
const versionsTest = (
  title: string,
  { agent, ...options }: SystemOptions & { agent?: string },
  body: (given: { system: System; host: AgentHost }) => Promise<void>,
): void =>
  declare(title, async () => {
    const system = await startSystem(options);
    const { token } = await system.api.addHost('web1');
    const url = system.coordinator.address.replace('http', 'ws');
    const host = await startAgentHost({ url, token, ...(agent !== undefined && { program: agent }), ops: OPS });
    // The stand-in only logs a `switch`.
    writeFileSync(host.file('switch.new'), `ln -sfn ${host.file('store/new')} ${host.file('current')}\n`);
    try {
      await online(system);
      await body({ system, host });
    } catch (error) {
      console.log(system.logs(), host.agentLog().slice(-4_000), host.log());
      throw error;
    } finally {
      await host.close();
      await system.close();
    }
  });

/** Runs until the file `go` is in the host's folder. */
const OPS = `
[ops.wait]
steps = [["sh", "-c", "echo waits; until [ -e $HOME/go ]; do sleep 0.1; done; echo went"]]
`;

const online = (system: System) => waitFor('the agent', async () => (await system.api.host('web1')).online);

/** An unguarded rollback: the profile moves first, then `switch`. */
const UNGUARDED = /^nix-env --switch-generation 1\nnew switch check=\n$/;

/** A guarded rollback that a person keeps, which is quicker than contact. */
async function keptByHand(system: System, host: AgentHost): Promise<void> {
  const id = await system.dispatch('rollback', 'web1', { options: { guard: 'on' } });
  await waitFor(
    'the trial',
    async () => (await system.api.host('web1')).report?.guard,
    (guard) => guard?.commandId === id && guard.state === 'activated',
  );
  assert.is((await run(system, 'keep web1')).status, 0);
  const { status, evidence } = await system.command(id);
  assert.equal([status, evidence?.guarded, host.stands()], ['SUCCESS', true, NEW]);
}

versionsTest(
  'an earlier agent: an op that asks for a guard is BLOCKED, the plain one runs without',
  { agent: earlier.agent },
  async ({ system, host }) => {
    for (const options of [{ guard: 'on' }, { confirmMs: 60_000 }, { keep: 'proof' }]) {
      const [refused] = (await system.api.dispatch({ op: 'rollback', hosts: ['web1'], options })).answer.results;
      assert.equal([refused?.status, refused?.code], ['BLOCKED', 'agent_too_old'], JSON.stringify(options));
    }
    assert.is(host.log(), '');
    const command = await system.run('rollback', 'web1');
    assert.equal([command.status, command.code], ['SUCCESS', null], command.message ?? '');
    assert.equal([command.evidence?.guarded, command.decision], [undefined, null]);
    assert.match(host.log(), UNGUARDED);
  },
);

versionsTest(
  'an agent that is upgraded in the middle of a command loses nothing, and guards from then on',
  { agent: earlier.agent },
  async ({ system, host }) => {
    const id = await system.dispatch('wait', 'web1');
    await waitFor('its output', async () => (await system.api.output(id)).includes('waits'));
    await host.leave();
    host.startAgent(host.file('agent.js'));
    writeFileSync(host.file('go'), '');
    const command = await system.command(id);
    assert.equal([command.status, String(await system.api.output(id))], ['SUCCESS', 'waits\nwent\n']);
    await keptByHand(system, host);
  },
);

versionsTest(
  'an earlier coordinator: the agent arms no guard, and what it did is on record after the upgrade',
  { program: earlier.coordinator },
  async ({ system, host }) => {
    const plain = await system.run('rollback', 'web1');
    assert.equal([plain.status, plain.code], ['SUCCESS', null], plain.message ?? '');
    assert.match(host.log(), UNGUARDED);
    assert.not.ok(existsSync(host.file('state/guard')));

    const id = await system.dispatch('wait', 'web1');
    await waitFor('its output', async () => (await system.api.output(id)).includes('waits'));
    await system.coordinator.stop();
    writeFileSync(host.file('go'), '');
    await system.coordinator.start((await builtPrograms()).coordinator);
    const command = await system.command(id);
    assert.equal([command.status, String(await system.api.output(id))], ['SUCCESS', 'waits\nwent\n']);
    assert.is((await system.api.command(plain.id)).status, 'SUCCESS');
    await online(system);
    for (const [link, target] of [
      ['system', 'system-2-link'],
      ['current', host.file('store/old')],
    ] as const) {
      rmSync(host.file(link));
      symlinkSync(target, host.file(link));
    }
    await keptByHand(system, host);
  },
);

test.run();
