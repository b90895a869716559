import type { GuardEnd } from '../../shared/ops/guard.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import { type GuardFolder, type GuardSeen, guardFolder } from './guard-folder.ts';
import type { GuardPlan } from './guard-plan.ts';
import { removeRoots, startGuard } from './guard-process.ts';
import type { GuardStore } from './guard-store.ts';
import { findGuardTools } from './guard-tools.ts';
import type { NextStep } from './next-step.ts';
import { scriptSettings } from './script-settings.ts';

/** systemd restarts a killed guard. The agent restarts only a guard that stays dead. */
const DEAD_MS = 3_000;
/** Only the arming step starts the guard for this long. */
const ARMING_MS = 30_000;

/** Keeps a guard running while there is a plan, and ends the plan by the guard's recorded end (guards.ts, K1). */
export type GuardKeeper = {
  /** The arming step may still start the guard itself. */
  isArming(plan: GuardPlan): boolean;
  /** Does what next-step.ts found due. */
  act(plan: GuardPlan, folder: GuardFolder, seen: GuardSeen | null, what: NextStep): Promise<void>;
  /** Removes what a plan left on the host, and the plan last. */
  clear(plan: GuardPlan): Promise<void>;
};

export type GuardKeeperDeps = {
  store: GuardStore;
  clock: Clock;
  log: Log;
  /** The report's content has changed. */
  onChange(): void;
  /** The guard has gone back, and no service manager restarts the agent. */
  onUndone(): void;
};

export function createGuardKeeper(deps: GuardKeeperDeps): GuardKeeper {
  const { store, clock, log } = deps;
  let deadSince: number | null = null;

  /** The difference is absolute, because setting the clock back can put the plan into the future. */
  const isArming = ({ armedAt }: GuardPlan): boolean => Math.abs(clock.now() - armedAt) < ARMING_MS;

  async function start(plan: GuardPlan): Promise<void> {
    const tools = findGuardTools(plan);
    const fault = 'missing' in tools ? `${tools.missing} is missing` : await startGuard(plan, tools);
    log.warn({ commandId: plan.commandId, fault }, 'the guard of an activation was started again');
  }

  async function finish(plan: GuardPlan, end: Pick<GuardEnd, 'end' | 'cause' | 'message'> | null): Promise<void> {
    const { commandId } = plan;
    if (end) await store.saveEnd({ commandId, at: clock.now(), ...end });
    await clear(plan);
    log.info({ commandId, ...end }, 'the guard of an activation has ended');
    deps.onChange();
  }

  async function clear(plan: GuardPlan): Promise<void> {
    await removeRoots(plan);
    await guardFolder(plan).remove();
    await store.forgetPlan();
  }

  async function act(plan: GuardPlan, folder: GuardFolder, seen: GuardSeen | null, what: NextStep): Promise<void> {
    const now = clock.monotonic();
    if (what.kind !== 'start') deadSince = null;
    switch (what.kind) {
      case 'wait':
        return;
      case 'start': {
        deadSince ??= now;
        if (seen?.pid == null ? isArming(plan) : now - deadSince < DEAD_MS) return;
        deadSince = null;
        await start(plan);
        return;
      }
      case 'lay': {
        const tools = findGuardTools(plan);
        if ('missing' in tools) {
          await finish(plan, { end: 'rollback_failed', cause: null, message: `${tools.missing} is missing` });
          return;
        }
        folder.lay(scriptSettings(plan, tools), what.marks);
        if (what.word) folder.decide(what.word);
        await start(plan);
        return;
      }
      case 'ended': {
        const end = what.end
          ? { ...what.end, cause: what.end.kind === 'undone' ? ('reboot' as const) : null }
          : seen?.end;
        if (!end) return;
        const { kind, cause, message } = end;
        await finish(plan, kind === 'unused' ? null : { end: kind, cause, message: message || null });
        if (kind === 'undone' && plan.agentUnit === null && !what.end) deps.onUndone();
      }
    }
  }

  return { isArming, act, clear };
}
