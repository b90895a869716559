import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Rollout } from '../../shared/model/rollout.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import type { FrameName } from '../harness/frame-fault.ts';
import type { Fate, TestProxy } from '../harness/proxy.ts';
import type { Random } from '../harness/random.ts';
import type { RolloutsApi } from '../harness/rollouts.ts';
import type { Killer } from './killer.ts';

/** Points of a rollout at which its coordinator is killed. Each comes only while the rollout gets on, so that no kill is wasted. */

export type KillScene = {
  id: string;
  rollouts: RolloutsApi;
  /** All real hosts are behind it. */
  proxy: TestProxy;
  killer: Killer;
  random: Random;
  soakMs: number;
  /** A stop was answered. */
  stopped(at: number): void;
  /** Reports a state that contradicts an answer. */
  wrong(line: string): void;
};

export type KillPoint = {
  name: string;
  weight: number;
  /** Strikes when the point is reached. False if the rollout ended before. */
  befall(scene: KillScene): Promise<boolean>;
};

/** How long to wait for a point: on a busy machine thousands of hosts come back first. */
export const PATIENCE_MS = 300_000;
/** Most decisions are durable within this time, and some are not. */
const DECISION_MS = 250;

const isOver = ({ status }: Rollout): boolean => status !== 'RUNNING';
const wavesDone = ({ waves }: Rollout): number => waves.filter(({ status }) => status === 'done').length;

/** Null if the rollout ended first. */
async function until(
  { rollouts, id }: KillScene,
  what: string,
  isSo: (seen: Rollout) => boolean,
): Promise<Rollout | null> {
  const isWanted = (seen: Rollout) => isOver(seen) || isSo(seen);
  const seen = await waitFor(what, () => rollouts.summary(id), isWanted, PATIENCE_MS);
  return isOver(seen) ? null : seen;
}

const soakUntilOf = ({ waves }: Rollout): number | null =>
  waves.find(({ status }) => status === 'soaking')?.soakUntil ?? null;

/** Resolves in a soak with this much of it left. After a start the soak moves once the wave's hosts are back. */
async function soakWith(scene: KillScene, ms: number): Promise<Rollout | null> {
  const before = soakUntilOf(await scene.rollouts.summary(scene.id));
  return await until(scene, 'a soak', (seen) => {
    const soakUntil = soakUntilOf(seen);
    return soakUntil !== null && soakUntil !== before && soakUntil > Date.now() + ms;
  });
}

/** Runs `act` with a frame of this name. False if the rollout ended before one came. */
async function withFrame(scene: KillScene, name: FrameName, act: () => Fate): Promise<boolean> {
  const { proxy, random, rollouts, id } = scene;
  let left = 1 + random.below(4);
  proxy.onFrame(({ from, type }) => {
    if (left === 0 || `${from} ${type}` !== name) return 'pass';
    left -= 1;
    return left === 0 ? act() : 'pass';
  });
  const look = async () => left === 0 || isOver(await rollouts.summary(id));
  await waitFor(name, look, Boolean, PATIENCE_MS);
  proxy.onFrame(() => 'pass');
  return left === 0;
}

const atFrame = (name: FrameName, weight: number): KillPoint => ({
  name,
  weight,
  befall: (scene) =>
    withFrame(scene, name, () => {
      scene.killer.strike();
      return scene.random.pick(['cut-before', 'cut-after'] as const);
    }),
});

/**
 * Makes a decision, and strikes while it is on its way or just after its answer. Resolves, once the coordinator is back, to whether the
 * decision was answered.
 */
async function decided({ id, rollouts, killer, random }: KillScene, word: 'pause' | 'stop'): Promise<boolean> {
  const answered = rollouts.decided(id, word).then(
    () => true,
    () => false,
  );
  await sleep(systemClock, random.below(DECISION_MS));
  killer.strike();
  const isAnswered = await answered;
  await killer.back();
  return isAnswered;
}

export const KILL_POINTS: readonly KillPoint[] = [
  atFrame('coordinator command.run', 4),
  atFrame('agent command.accepted', 3),
  atFrame('agent command.exited', 3),
  atFrame('coordinator command.exited.ack', 2),
  {
    name: 'in a soak',
    weight: 3,
    async befall(scene) {
      if (!(await soakWith(scene, 0))) return false;
      await sleep(systemClock, scene.random.below(scene.soakMs));
      scene.killer.strike();
      return true;
    },
  },
  {
    name: 'while the gate sees nothing',
    weight: 2,
    async befall(scene) {
      const { proxy, killer } = scene;
      if (!(await soakWith(scene, scene.soakMs / 2))) return false;
      proxy.down();
      killer.strike();
      await killer.back();
      proxy.up();
      return true;
    },
  },
  {
    name: 'between two waves',
    weight: 3,
    async befall(scene) {
      const before = wavesDone(await scene.rollouts.summary(scene.id));
      if (!(await until(scene, 'the end of a wave', (seen) => wavesDone(seen) > before))) return false;
      scene.killer.strike();
      return true;
    },
  },
  {
    name: 'in its start',
    weight: 1,
    async befall({ killer, random }) {
      killer.strike();
      await killer.backFor(random.below(800));
      return true;
    },
  },
  {
    name: 'while hosts come back',
    weight: 2,
    async befall(scene) {
      const { killer } = scene;
      killer.strike();
      const welcomed = withFrame(scene, 'coordinator welcome', () => {
        killer.strike();
        return 'cut-after';
      });
      await killer.back();
      return await welcomed;
    },
  },
  {
    name: 'at a pause',
    weight: 1,
    async befall(scene) {
      const { id, rollouts } = scene;
      // During a soak nothing is under way that a pause would take back.
      if (!(await soakWith(scene, scene.soakMs / 2))) return false;
      const isAnswered = await decided(scene, 'pause');
      const { status } = await rollouts.summary(id);
      if (isAnswered && status !== 'PAUSED') scene.wrong(`its pause was answered, and it is ${status}`);
      if (status === 'PAUSED') await rollouts.decided(id, 'resume');
      return true;
    },
  },
  {
    name: 'at a stop',
    weight: 1,
    async befall(scene) {
      const { id, rollouts } = scene;
      if (!(await withFrame(scene, 'coordinator command.run', () => 'pass'))) return false;
      const isAnswered = await decided(scene, 'stop');
      const { status, finishedAt } = await rollouts.summary(id);
      if (isAnswered && status === 'RUNNING') scene.wrong('its stop was answered, and it runs');
      if (status === 'STOPPED') scene.stopped(finishedAt ?? 0);
      return true;
    },
  },
];
