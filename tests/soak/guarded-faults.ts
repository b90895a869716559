import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import type { Random } from '../harness/random.ts';
import type { System } from '../harness/system.ts';
import { type GuardedHost, type Hook, signal } from './guarded-host.ts';

/** A fault of a guarded switch. */
export type GuardedFault = {
  name: string;
  weight: number;
  /** Before the switch is asked for. */
  prepare?(target: GuardedHost, random: Random): void;
  /** While it is under way. */
  befall?(target: GuardedHost, random: Random, system: System): Promise<void>;
};

const HOOKS: readonly Hook[] = ['services', 'activation', 'bootloader'];

/** At a random time, or when the switch is in the middle of one of its steps. */
async function someMoment(target: GuardedHost, random: Random): Promise<void> {
  if (random.chance(0.5)) return await sleep(systemClock, random.below(8_000));
  const hook = random.pick(HOOKS);
  await waitFor(hook, () => target.hasReached(hook), Boolean, 12_000).catch(() => {});
  await sleep(systemClock, random.below(500));
}

/** One coordinator serves all hosts: it dies and comes back before it dies again. */
let coordinatorBusy: Promise<unknown> = Promise.resolve();
const withCoordinator = (body: () => Promise<void>): Promise<void> => {
  const done = coordinatorBusy.then(body);
  coordinatorBusy = done.catch(() => {});
  return done;
};

const killGuards = (target: GuardedHost): void => {
  for (const pid of target.guards()) signal(pid, 'SIGKILL');
};

export const GUARDED_FAULTS: readonly GuardedFault[] = [
  { name: 'none', weight: 2 },
  {
    name: 'agent kill -9',
    weight: 3,
    async befall(target, random) {
      for (let times = 1 + random.below(3); times > 0; times -= 1) {
        await someMoment(target, random);
        target.host.agent.kill('SIGKILL');
      }
    },
  },
  {
    name: 'guard kill -9',
    weight: 3,
    async befall(target, random) {
      for (let times = 1 + random.below(3); times > 0; times -= 1) {
        await someMoment(target, random);
        killGuards(target);
      }
    },
  },
  {
    name: 'agent and guard kill -9',
    weight: 2,
    async befall(target, random) {
      await someMoment(target, random);
      target.host.agent.kill('SIGKILL');
      killGuards(target);
    },
  },
  {
    name: 'coordinator kill -9',
    weight: 2,
    async befall(target, random, { coordinator }) {
      await someMoment(target, random);
      await withCoordinator(async () => {
        await coordinator.kill('SIGKILL');
        await sleep(systemClock, random.below(4_000));
        await coordinator.start();
      });
    },
  },
  {
    name: 'contact cut',
    weight: 3,
    async befall(target, random) {
      await someMoment(target, random);
      target.proxy?.down();
      await sleep(systemClock, random.below(12_000));
      target.proxy?.up();
    },
  },
  {
    name: 'activation hangs',
    weight: 2,
    prepare: (target, random) => target.hook(random.pick(['services', 'activation']), 'exec sleep 600'),
  },
  {
    name: 'activation fails',
    weight: 2,
    prepare: (target, random) => target.hook(random.pick(['services', 'activation']), 'exit 2'),
  },
  {
    name: 'boot fails',
    weight: 2,
    prepare: (target) => target.hook('bootloader', 'exit 1'),
  },
  {
    name: 'power cut',
    weight: 4,
    async befall(target, random) {
      await someMoment(target, random);
      await target.powerCut();
    },
  },
];
