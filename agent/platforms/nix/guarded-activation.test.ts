import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeClock } from '../../../shared/time/fake-clock.ts';
import { readEvidence } from '../step/evidence.ts';
import { activateGuarded, type GuardedBrief } from './guarded-activation.ts';

let dir: string;
test.before.each(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'switchyard-guarded-')));
});
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

/** Runs the step on a host with these links to the active and the new system. Returns its status, the programs it ran, and its evidence. */
async function activate(links: readonly ('current' | 'new')[]) {
  const file = (name: string) => join(dir, name);
  for (const folder of ['evidence', 'store']) mkdirSync(file(folder));
  for (const link of links) symlinkSync(file('store'), file(link));
  const brief: GuardedBrief = {
    activation: {
      before: null,
      links: [file('current')],
      profile: file('system'),
      profileBefore: null,
      idleFile: file('idle'),
      unitsFailedCode: 4,
      profileBoots: false,
    },
    guard: {
      kind: 'nixos',
      commandId: '01890000-0000-7000-8000-000000000001',
      stateDir: file('state'),
      runDir: file('run'),
      bootId: 'boot-1',
      agentUnit: null,
      inUnit: true,
      new: file('new'),
      current: file('current'),
      profile: file('system'),
      set: [],
      confirmMs: 2_000,
      activationMs: 2_000,
      reboots: false,
      environment: {},
    },
  };
  const ran: string[] = [];
  const run = async ([program]: readonly [string, ...string[]]) => {
    ran.push(program);
    return { code: 1, stdout: '' };
  };
  const io = { clock: createFakeClock(), evidenceDir: file('evidence'), run, say: () => {} };
  const code = await activateGuarded([JSON.stringify(brief)], io);
  return { code, ran, evidence: await readEvidence(io.evidenceDir) };
}

for (const [title, links, why] of [
  ['no system is active', ['new'], 'current does not lead to a system'],
  ['the new system is gone', ['current'], 'new does not lead to a system'],
  ['the guard can name no unit to end', ['current', 'new'], 'the unit of this command is not known'],
] as const)
  test(`where ${title} it ends guard_not_armed, and activates nothing`, async () => {
    const { code, ran, evidence } = await activate(links);
    assert.is(code, 1);
    assert.is(evidence.failure?.code, 'guard_not_armed');
    assert.match(evidence.failure?.message ?? '', why);
    assert.is(evidence.guarded, undefined);
    assert.not.ok(ran.some((program) => program.endsWith('switch-to-configuration')));
  });

test.run();
