import { realpath } from 'node:fs/promises';
import type { Guard, GuardEnd } from '../../shared/ops/guard.ts';
import type { TimerHandle } from '../../shared/time/clock.ts';
import type { Witness } from '../config/witness.ts';
import { type GuardSeen, guardFolder } from './guard-folder.ts';
import { createGuardKeeper, type GuardKeeperDeps } from './guard-keeper.ts';
import type { GuardPlan } from './guard-plan.ts';
import { runsGuard } from './guard-process.ts';
import { nextStepOf } from './next-step.ts';
import { createWitnessAsking } from './witness-asking.ts';

const LOOK_MS = 500;

/** The guards' part of a report. */
export type GuardReport = { guard: Guard | null; guardEnd: GuardEnd | null };

/**
 * The agent's part in guarded activations. It passes decisions on, reports the guard's state, and keeps a guard running while there is a
 * plan. It never keeps or undoes anything itself.
 *
 * K1  The guard's recorded end ends a plan; if the record was lost, the host's state decides. The end is durable before the plan goes.
 * K2  The guard hears that the coordinator is away only after the coordinator's own address or a witness has shown that the network works.
 */
export type Guards = {
  /** A fresh sample. */
  report(): Promise<GuardReport>;
  /** The frames `command.keep` and `command.undo`. The next report is the only answer, even to a late or unknown decision. */
  decide(word: 'keep' | 'undo', commandId: string): Promise<void>;
  /** The coordinator has welcomed this agent. */
  welcomed(): Promise<void>;
  /** The coordinator's own address refused a connection, or said that the coordinator is away. */
  refused(): Promise<void>;
  close(): void;
};

export function createGuards(
  deps: GuardKeeperDeps & {
    bootId: string;
    witnesses: readonly Witness[];
    isWelcomed(): boolean;
  },
): Guards {
  const { store, clock, log } = deps;
  const keeper = createGuardKeeper(deps);
  const askWitnesses = createWitnessAsking(deps);
  let timer: TimerHandle | null = null;
  let looking: Promise<void> = Promise.resolve();
  let deciding: Promise<void> = Promise.resolve();
  let told = '';
  let closed = false;

  const logged = (work: Promise<void>, what: string): Promise<void> =>
    work.catch((error) => log.error({ err: error }, what));

  const look = (): Promise<void> => {
    looking = logged(looking.then(lookOnce), 'a guard could not be looked at').then(lookLater);
    return looking;
  };

  /** Runs after a failed look too, because nothing else asks for the next one. */
  async function lookLater(): Promise<void> {
    const isNeeded = (await store.plan()) !== null || (await store.overPlan()) !== null;
    clock.clearTimeout(timer);
    timer = closed || !isNeeded ? null : clock.setTimeout(() => void look(), LOOK_MS);
  }

  async function lookOnce(): Promise<void> {
    const over = await store.overPlan();
    if (over) await keeper.clear(over);
    const plan = await store.plan();
    if (!plan) return;
    const folder = guardFolder(plan);
    const seen = folder.read();
    const lives = seen?.pid != null && (await runsGuard(plan, seen.pid));
    const [active, profilePath] = await Promise.all([plan.current, plan.profile].map(systemAt));
    await keeper.act(
      plan,
      folder,
      seen,
      nextStepOf({ plan, seen, lives, isArming: keeper.isArming(plan), bootId: deps.bootId, active, profilePath }),
    );
    const word = JSON.stringify([seen?.state, seen?.isDecided, seen?.end]);
    if (word !== told) deps.onChange();
    told = word;
    if (seen?.isActivated && !seen.isDecided && !deps.isWelcomed())
      void logged(
        askWitnesses(() => folder.stamp('stamp', clock.now())),
        'the witnesses could not be asked',
      );
  }

  async function decideOnce(word: 'keep' | 'undo', commandId: string): Promise<void> {
    const plan = await store.plan();
    const folder = plan?.commandId === commandId ? guardFolder(plan) : null;
    const seen = folder?.read();
    // The new system can't be kept before it is active.
    if (!folder || !seen || (word === 'keep' && !seen.isActivated)) return;
    const isFirst = folder.decide(word);
    log.info({ commandId, word, isFirst }, 'the activation was decided');
  }

  /** Only for a waiting guard, which alone weighs it. */
  async function leave(what: 'stamp' | 'welcome'): Promise<void> {
    const plan = await store.plan();
    const folder = plan && guardFolder(plan);
    if (folder?.read()) folder.stamp(what, clock.now());
  }

  void look();

  return {
    async report() {
      await look();
      const plan = await store.plan();
      const end = await store.end();
      const seen = plan && guardFolder(plan).read();
      return { guard: plan ? guardOf(plan, seen, clock.now()) : failedGuard(end), guardEnd: end };
    },
    async decide(word, commandId) {
      // In order, so that the first frame decides.
      deciding = deciding
        .then(() => decideOnce(word, commandId))
        .catch((error) => log.error({ err: error, commandId, word }, 'an activation could not be decided'));
      await deciding;
      await look();
      deps.onChange();
    },
    welcomed: () => logged(leave('welcome'), 'a guard could not be told of the welcome'),
    refused: () => logged(leave('stamp'), 'a guard could not be told that the coordinator is away'),
    close() {
      closed = true;
      clock.clearTimeout(timer);
    },
  };
}

const systemAt = (link: string): Promise<string | null> => realpath(link).catch(() => null);

function guardOf(plan: GuardPlan, seen: GuardSeen | null, now: number): Guard {
  const state = seen?.state ?? 'armed';
  const counts = state === 'activated';
  return {
    commandId: plan.commandId,
    state,
    deadline: counts ? now + Math.max(0, plan.confirmMs - (seen?.spentMs ?? 0)) : null,
    message: null,
  };
}

/** A failed rollback stays in the report until another guard is armed. */
const failedGuard = (end: GuardEnd | null): Guard | null =>
  end?.end === 'rollback_failed'
    ? { commandId: end.commandId, state: 'failed', deadline: null, message: end.message }
    : null;
