import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { DIR, ended, type GuardScene, hostTest, logged, NEW, OLD, onTrial, stands } from './guard-scene.ts';

// A power cut at twelve moments: the host is on one system as a whole, and says which.

/** For a script of a system: waits for the power cut of `cutAtWord`. */
const CUT_HERE = `echo cut >>${DIR}/log; sleep 4321`;

/** Turns the power off, and boots. */
async function cutNow({ host }: GuardScene): Promise<void> {
  await host.machine.powerCut();
  await host.machine.boot();
  await host.machine.plugIn();
}

/** The same, once a script has come to CUT_HERE. */
async function cutAtWord(given: GuardScene): Promise<void> {
  await logged(given, 'cut');
  await cutNow(given);
}

hostTest('a power cut in the check of the new system: nothing was armed', async (given) => {
  const { host, coordinator } = given;
  await host.machine.shell(`echo '${CUT_HERE}' >${DIR}/check.new`);
  const id = coordinator.rollback();
  await cutAtWord(given);
  assert.ok((await coordinator.exited(id)).lost);
  assert.is(await stands(given), OLD);
  assert.is(await host.machine.shell('ls /var/lib/switchyard-agent/guard/plan.json 2>/dev/null || echo none'), 'none');
  assert.is.not(coordinator.report().guardEnd?.commandId, id);
});

hostTest('a power cut while the guard is armed: it never got ready', async (given) => {
  await given.host.machine.shell(`mkdir -p ${DIR}/store/old/sw/bin
    echo '#!/bin/sh\n${CUT_HERE}' >${DIR}/store/old/sw/bin/mv; chmod +x ${DIR}/store/old/sw/bin/mv`);
  const id = given.coordinator.rollback();
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut before the new system is active', async (given) => {
  await given.host.machine.shell(`echo '${CUT_HERE}' >${DIR}/test.new`);
  const id = given.coordinator.rollback();
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut when the new system is active and its activation goes on', async (given) => {
  await given.host.machine.shell(`echo 'ln -sfn ${DIR}/store/new ${DIR}/current; ${CUT_HERE}' >${DIR}/test.new`);
  const id = given.coordinator.rollback();
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut in the window', async (given) => {
  const id = await onTrial(given);
  await cutNow(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

/** Decides as the agent would, which need not be back yet. */
const decide = ({ host }: GuardScene, word: 'keep' | 'undo') =>
  host.machine.shell(`cd /run/switchyard-guard/*; ln word.${word} decision`);

const script = ({ host }: GuardScene, file: string, text: string) =>
  host.machine.shell(`cat >${DIR}/${file} <<'END'\n${text}\nEND`);

hostTest('a power cut before a keep has set the profile leads back', async (given) => {
  const id = await onTrial(given);
  await script(given, 'nix-env.sh', CUT_HERE);
  await decide(given, 'keep');
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest(
  'a power cut between profile and boot default of a keep leads back, and so does the profile',
  async (given) => {
    const id = await onTrial(given);
    await script(given, 'boot.new', CUT_HERE);
    await decide(given, 'keep');
    await cutAtWord(given);
    assert.is(await ended(given, id), `undone reboot, ${OLD}`);
  },
);

hostTest('a power cut behind the boot default of a keep: the keep goes on', async (given) => {
  const id = await onTrial(given);
  await script(
    given,
    'boot.new',
    `[ -e ${DIR}/once ] || { echo new >${DIR}/boot-default; touch ${DIR}/once; ${CUT_HERE}; }`,
  );
  await decide(given, 'keep');
  await cutAtWord(given);
  assert.is(await ended(given, id), `kept keep, ${NEW}`);
});

/** Decides while no agent runs, and turns the power off once the guard has recorded its end. */
async function cutUnheard(given: GuardScene, word: 'keep' | 'undo'): Promise<string> {
  const { shell } = given.host.machine;
  const id = await onTrial(given);
  // The guard restarts the agent after an undo. Nothing in /run outlives the power.
  await shell(`cd /run/systemd/system; mkdir -p switchyard-agent.service.d
    printf '[Unit]\\nConditionPathExists=/nowhere\\n' >switchyard-agent.service.d/never.conf
    systemctl daemon-reload; systemctl stop switchyard-agent`);
  await decide(given, word);
  await waitFor('its last word', () => shell('ls /run/switchyard-guard/*/end || true'), Boolean);
  await cutNow(given);
  return id;
}

hostTest('a power cut when a keep has ended and no agent has heard: it is kept', async (given) => {
  assert.is(await ended(given, await cutUnheard(given, 'keep')), `kept keep, ${NEW}`);
});

hostTest('a power cut in an undo before the old system is active', async (given) => {
  const id = await onTrial(given);
  await script(given, 'test.old', CUT_HERE);
  await decide(given, 'undo');
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut in an undo when the old system is active again', async (given) => {
  const id = await onTrial(given);
  await script(given, 'test.old', `ln -sfn ${DIR}/store/old ${DIR}/current; ${CUT_HERE}`);
  await decide(given, 'undo');
  await cutAtWord(given);
  assert.is(await ended(given, id), `undone reboot, ${OLD}`);
});

hostTest('a power cut when an undo has ended and no agent has heard', async (given) => {
  assert.is(await ended(given, await cutUnheard(given, 'undo')), `undone reboot, ${OLD}`);
});

test.run();
