import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { GuardHost } from './fixtures/guard-host.ts';
import { closeHosts, heldMs, laid, OLD, reached, ready, stands } from './fixtures/guard-scene.ts';
import type { GuardPlan } from './guard-plan.ts';
import { runsGuard } from './guard-process.ts';

test.after.each(closeHosts);

/** A Mac: neither systemd nor /proc, and no boot loader. */
const MAC = {
  kind: 'nix-darwin',
  hasProc: false,
  agentUnit: 'org.switchyard.agent',
  commandUnit: null,
} as const satisfies Partial<GuardPlan>;

/** A process's start as ps prints it, in UTC. */
const startOf = (pid: number) =>
  execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' },
  })
    .trim()
    .split(/\s+/)
    .join(' ');

/** A guarded Mac; ps knows its activating process. */
function guardedMac(plan: Partial<GuardPlan> = {}): GuardHost {
  const host = laid({ ...MAC, ...plan });
  const step = { pid: host.plan.step.pid, start: startOf(host.plan.step.pid) };
  host.lay({ ...host.plan, step });
  host.start();
  return host;
}

const activatedMac = (plan: Partial<GuardPlan> = {}) => reached(guardedMac(plan));

test('a keep sets the profile and writes no boot loader', async () => {
  const host = await activatedMac();
  host.folder.decide('keep');
  assert.equal(await host.ended(), { kind: 'kept', cause: 'keep', message: '' });
  assert.equal(stands(host), ['new', 'system-2-link', 'old']);
  assert.is(host.log(), `nix-env --set ${host.plan.new}\n`);
});

test('date counts the deadline, and launchd restarts the agent', async () => {
  const host = await activatedMac({ confirmMs: 3_000 });
  assert.equal(await host.ended(), { kind: 'undone', cause: 'deadline', message: '' });
  assert.equal(stands(host), OLD);
  assert.is(host.log(), 'old activate check=1\nlaunchctl kickstart -k system/org.switchyard.agent\n');
});

test('an activation lives while ps shows its process with the same start, even in another time zone', async () => {
  const environment = { PATH: process.env.PATH ?? '', TZ: 'XYZ-9' };
  const [host, other] = [guardedMac(), guardedMac({ environment })];
  for (const one of [host, other]) {
    await ready(one);
    one.folder.mark('activating');
    one.activate('new');
  }
  await waitFor('some looks', () => host.seen().spentMs >= 2_000);
  assert.not.ok(host.seen().isDecided);
  host.step.kill('SIGKILL');
  assert.equal(await host.ended(), { kind: 'undone', cause: 'activation', message: '' });
  assert.equal([stands(host), other.seen().isDecided], [OLD, false]);
});

test('stamps hold the deadline', async () => {
  const host = await activatedMac({ confirmMs: 2_000 });
  host.folder.stamp('stamp', Date.now());
  await waitFor('held for longer than the deadline', () => heldMs(host) > 2_000);
  assert.equal([host.seen().state, host.seen().isDecided], ['held', false]);
});

test('a stamp from before the clock was set back holds nothing', async () => {
  const host = await activatedMac({ confirmMs: 2_000, holdMs: 3_000 });
  host.folder.stamp('stamp', Date.now() + 3_600_000);
  assert.equal(await host.ended(), { kind: 'undone', cause: 'deadline', message: '' });
  assert.is(heldMs(host), 0);
});

test('ps finds the guard until it has ended', async () => {
  const host = await activatedMac();
  const pid = host.seen().pid ?? 0;
  assert.ok(await runsGuard(host.plan, pid));
  // Without a terminal ps may cut its lines too.
  const { COLUMNS } = process.env;
  process.env.COLUMNS = '20';
  const isFound = await runsGuard(host.plan, pid);
  if (COLUMNS === undefined) delete process.env.COLUMNS;
  else process.env.COLUMNS = COLUMNS;
  assert.ok(isFound, 'its line is not cut');
  assert.not.ok(await runsGuard({ ...host.plan, dir: join(host.dir, 'other') }, pid));
  host.folder.decide('undo');
  await host.ended();
  await waitFor('its end', async () => !(await runsGuard(host.plan, pid)));
});

test.run();
