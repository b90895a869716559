/**
 * The macOS path as far as Linux can show it. Real are the coordinator, the agent's bundle, git, Nix, the plan of nix-darwin and all
 * processes and signals. Stood in for: nix-darwin's system (the fleet's, whose `activate` moves the link to the current system), and
 * launchd, which is this test with a `launchctl` of its own. As launchd does when a job's plist has changed, it ends the agent in the
 * middle of the activation, with what is left of its process group, and starts it again. docs/macos.md lists the checks that take a Mac.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agentBundle } from '../../scripts/built-programs.ts';
import { ownSystem, testUnless, toolMissing } from '../../scripts/test-needs.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { createNixFleet, type NixFleet } from '../fixtures/nix-fleet.ts';
import type { TestHost } from '../harness/host.ts';
import { type System, startSystem } from '../harness/system.ts';

const unfit = toolMissing('nix') ?? ownSystem();
const nixTest = testUnless([unfit]);

let fleet: NixFleet;
let system: System;
let mac: TestHost;

test.before(async () => {
  if (unfit) return;
  fleet = await createNixFleet({ hosts: ['mac1'], bundle: agentBundle });
  system = await startSystem();
  const { dir, env, installedPath, install } = fleet.host('mac1');
  install();
  writeFileSync(
    launchctl(),
    `#!/bin/sh\necho "$1" >'${order()}.new'\nmv '${order()}.new' '${order()}'\nwhile [ -e '${order()}' ]; do sleep 0.05; done\n`,
    { mode: 0o755 },
  );
  mac = await system.addHost('mac1', {
    dir,
    env: { ...env, SWITCHYARD_PLATFORM: 'nix-darwin' },
    program: installedPath,
  });
});
test.after(async () => {
  await system?.close();
  fleet?.close();
});

const launchctl = () => join(fleet.dir, 'launchctl');
/** launchctl's order until it is done. */
const order = () => join(fleet.dir, 'order');

const LINES = ['before', 'without an agent', 'with the next agent'];

/** As sh: what an activation does with the agent's job; it goes on only when the next agent is connected. */
const restartJob = () =>
  `echo '${LINES[0]}'; '${launchctl()}' unload; echo '${LINES[1]}'; '${launchctl()}' load; echo '${LINES[2]}'`;

async function beLaunchd(): Promise<void> {
  const told = (verb: string) => waitFor(verb, () => readFileSync(order(), 'utf8').trim() === verb);
  await told('unload');
  const pid = mac.agent.pid() ?? 0;
  await mac.agent.stop();
  endGroup(pid);
  await mac.offline();
  rmSync(order());

  await told('load');
  mac.agent.start();
  await mac.online();
  rmSync(order());
}

/** SIGKILL to what is left of it. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
}

async function switchUnderLaunchd() {
  try {
    const ends = mac.agent.exits.length;
    const before = (await system.api.host('mac1')).report;
    const id = await system.dispatch('pull-switch', 'mac1');
    await beLaunchd();
    const command = await system.command(id);
    assert.equal(
      mac.agent.exits.slice(ends).map(({ code }) => code),
      [0, 101],
      'launchd ended it, and it left by itself when the switch was through',
    );
    assert.is(command.exitCode, 0, command.message ?? '');
    assert.equal(
      command.history.map(({ to }) => to),
      ['PENDING', 'EXECUTING', 'AWAITING_RECONNECT', command.status],
    );
    await expectWhole(id);
    return { ...command, hashes: [before?.freshness.binaryHash, command.after?.freshness.binaryHash] };
  } catch (error) {
    console.log(system.logs());
    throw error;
  }
}

/** The output has every line of the activation once and in order. */
async function expectWhole(id: string): Promise<void> {
  const { output } = await system.command(id, ({ output }) => output.bytes === output.total);
  const text = await system.api.output(id);
  assert.equal([text.length, output.truncated], [output.total, false]);
  const lines = text.toString().split('\n');
  assert.equal(
    lines.filter((line) => LINES.includes(line)),
    LINES,
  );
}

nixTest('nix-darwin: launchd starts the old agent in the middle of a switch that brings a new one: FRESH', async () => {
  fleet.commitSystem('mac1', { 'services.sh': restartJob() });
  await fleet.bumpAgent(agentBundle);
  const { status, verdict, hashes, evidence, after } = await switchUnderLaunchd();
  assert.equal([status, verdict?.freshness, verdict?.hash], ['SUCCESS', 'FRESH', 'changed'], verdict?.reason);
  assert.is.not(hashes[0], hashes[1]);
  assert.is(after?.freshness.sourceCommit, fleet.pin());
  assert.is(after?.systemPath, evidence?.builtPath);
});

nixTest('nix-darwin: launchd starts the new agent in the middle of the switch that brings it: FRESH', async () => {
  fleet.commitSystem('mac1', { 'services.sh': 'true' });
  fleet.commitActivation('mac1', restartJob());
  await fleet.bumpAgent(agentBundle);
  const { status, verdict, hashes, after } = await switchUnderLaunchd();
  assert.equal([status, verdict?.freshness, verdict?.hash], ['SUCCESS', 'FRESH', 'changed'], verdict?.reason);
  assert.is.not(hashes[0], hashes[1]);
  assert.is(after?.freshness.sourceCommit, fleet.pin());
});

nixTest('nix-darwin: launchd restarts the agent in a switch that brings no other: UNCHANGED', async () => {
  fleet.commitConfig('mac1', 'another text');
  const { status, verdict, hashes } = await switchUnderLaunchd();
  assert.equal([status, verdict?.freshness, verdict?.hash], ['SUCCESS', 'UNCHANGED', 'same'], verdict?.reason);
  assert.is(hashes[0], hashes[1]);
});

nixTest('nix-darwin: launchd restarts the old agent although the switch was to bring another: STALE', async () => {
  const built = fleet.pin();
  fleet.bumpPinOnly();
  const { status, code, verdict, hashes, after } = await switchUnderLaunchd();
  assert.equal([status, code, verdict?.freshness], ['STALE_BINARY', 'stale_binary', 'STALE'], verdict?.reason);
  assert.is(hashes[0], hashes[1]);
  assert.equal([after?.freshness.sourceCommit, after?.expectedCommit], [built, fleet.pin()]);
});

test.run();
