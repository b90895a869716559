import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { HOLD_MS } from '../../shared/ops/guard.ts';
import { OneOf } from '../../shared/schema.ts';
import { type Clock, sleep } from '../../shared/time/clock.ts';
import { openProcessTable } from '../kill/process-table.ts';
import { type GuardFolder, guardFolder } from './guard-folder.ts';
import { GUARDED_KINDS, type GuardPlan } from './guard-plan.ts';
import { removeRoots, startGuard, stopGuard } from './guard-process.ts';
import { guardStore } from './guard-store.ts';
import { findGuardTools } from './guard-tools.ts';
import { unitIn } from './own-unit.ts';
import { scriptSettings } from './script-settings.ts';

/** The guard's settings, passed to the activation. */
export const GuardBrief = Type.Object({
  kind: OneOf(GUARDED_KINDS),
  commandId: Type.String(),
  stateDir: Type.String(),
  /** Holds the guards' folders, on a file system that no activation unmounts. */
  runDir: Type.String(),
  bootId: Type.String(),
  agentUnit: Type.Union([Type.String(), Type.Null()]),
  /** The command runs in a unit of its own. */
  inUnit: Type.Boolean(),
  new: Type.String(),
  current: Type.String(),
  profile: Type.String(),
  set: Type.Array(Type.String()),
  confirmMs: Type.Integer(),
  activationMs: Type.Integer(),
  reboots: Type.Boolean(),
  environment: Type.Record(Type.String(), Type.String()),
});
export type GuardBrief = Static<typeof GuardBrief>;

/** The host's state before the activation. */
export type Before = {
  old: string;
  profilePath: string | null;
  generation: number | null;
  bootPath: string | null;
};

const READY_MS = 10_000;
const LOOK_MS = 50;

/**
 * Arms a guard for the activation that the calling process is about to run. Resolves to the guard's folder once the guard watches. If it
 * can't, removes everything and resolves to the reason. Durable in this order: roots of both systems, plan, guard's folder, `ready`.
 */
export async function armGuard(brief: GuardBrief, before: Before, clock: Clock): Promise<GuardFolder | string> {
  const store = guardStore(brief.stateDir);
  const earlier = await store.plan();
  if (earlier) return `the guard of command ${earlier.commandId} has not ended`;
  const over = await store.overPlan();
  if (over) return `the guard of command ${over.commandId} is not cleared away yet`;
  const commandUnit = brief.inUnit ? unitIn(readFileSync('/proc/self/cgroup', 'utf8')) : null;
  if (brief.inUnit && !commandUnit?.includes(brief.commandId))
    return `the unit of this command is not known (${commandUnit})`;

  const self = (await openProcessTable().list()).find(({ pid }) => pid === process.pid);
  if (!self) return 'the activating process does not run on this host';

  const token = randomBytes(8).toString('hex');
  const { old } = before;
  const { environment } = brief;
  const roots = ['old', 'new'].map((which) => rootOf(environment.NIX_STATE_DIR, token, which));
  const plan: GuardPlan = {
    token,
    old,
    roots,
    commandUnit,
    environment,
    dir: join(brief.runDir, token),
    commandId: brief.commandId,
    new: brief.new,
    current: brief.current,
    profile: brief.profile,
    profileBefore: before.profilePath,
    bootBefore: before.bootPath,
    set: brief.set,
    back: before.generation === null ? null : ['--switch-generation', String(before.generation)],
    bootId: brief.bootId,
    agentUnit: brief.agentUnit,
    commandGroup: self.group,
    step: { pid: self.pid, start: self.start },
    confirmMs: brief.confirmMs,
    holdMs: HOLD_MS,
    activationMs: brief.activationMs,
    // A reboot leads back only if it boots the old system.
    reboots: brief.reboots && before.bootPath === old,
    armedAt: clock.now(),
    kind: brief.kind,
    hasProc: existsSync('/proc/uptime'),
  };
  const tools = findGuardTools(plan);
  if ('missing' in tools) return `it needs ${tools.missing}, which neither ${old}/sw/bin nor PATH has`;
  const folder = guardFolder(plan);
  const undo = async (reason: string) => {
    const laid = folder.read();
    // If the guard has already decided, it and the agent finish that.
    if (laid && !folder.decide('disarm')) return reason;
    if (laid) await stopGuard(plan, laid.pid);
    await removeRoots(plan);
    await folder.remove();
    await store.forgetPlan();
    return reason;
  };
  try {
    for (const [index, root] of roots.entries()) await keep(root, index === 0 ? old : brief.new);
    await store.savePlan(plan);
    folder.lay(scriptSettings(plan, tools));
    const fault = await startGuard(plan, tools);
    if (fault) return await undo(fault);
  } catch (error) {
    return await undo(error instanceof Error ? error.message : String(error));
  }
  const until = clock.monotonic() + READY_MS;
  while (folder.read()?.pid == null) {
    if (clock.monotonic() > until) return await undo(`it was not ready within ${READY_MS / 1000} s`);
    await sleep(clock, LOOK_MS);
  }
  return folder;
}

const rootOf = (folder: string | undefined, token: string, which: string): string =>
  join(folder ?? '/nix/var/nix', 'gcroots', `switchyard-guard-${token}-${which}`);

async function keep(root: string, system: string): Promise<void> {
  await mkdir(join(root, '..'), { recursive: true });
  await symlink(system, root);
}
