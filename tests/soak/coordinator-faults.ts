import { sleep, systemClock } from '../../shared/clock.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Random } from '../harness/random.ts';
import type { SharedDatabase } from '../harness/shared-database.ts';
import { FAULTS, type Fault, type SoakHost } from './faults.ts';

type Member = SharedDatabase['members'][number];

const sharedOf = ({ subject: { system } }: SoakHost): SharedDatabase => {
  if (!system.shared) throw new Error('the system has one coordinator');
  return system.shared;
};

/** Time without a leader, for each fault that took one. */
export type Takeovers = { name: string; ms: number }[];

/** Longer than a lease. */
const LONG_MS = 14_000;

async function leaderOf(shared: SharedDatabase): Promise<Member> {
  const leader = await waitFor(
    'a leader',
    () => shared.leader(),
    (found) => found !== null,
    120_000,
  );
  return leader as Member;
}

/** Faults of several coordinators and of their database, among those of the hosts. */
export function coordinatorFaults(takeovers: Takeovers): readonly Fault[] {
  /** Strikes the leader, and measures until another, or the same again, leads. */
  const onLeader =
    (name: string, strike: (leader: Member, random: Random, shared: SharedDatabase) => Promise<() => Promise<void>>) =>
    async (target: SoakHost, random: Random): Promise<void> => {
      const shared = sharedOf(target);
      const leader = await leaderOf(shared);
      const undo = await strike(leader, random, shared);
      const since = systemClock.monotonic();
      try {
        // The struck one may still answer for a moment.
        await waitFor(
          'another leader',
          () => shared.leader(),
          (found) => found !== null && found !== leader,
          120_000,
        );
        takeovers.push({ name, ms: systemClock.monotonic() - since });
      } finally {
        await undo();
      }
    };

  const own: Fault[] = [
    {
      name: 'leader kill -9',
      weight: 8,
      befall: onLeader('leader kill -9', async (leader, random) => {
        await leader.coordinator.kill('SIGKILL');
        const later = random.below(20_000);
        return async () => {
          await sleep(systemClock, later);
          await leader.coordinator.start();
        };
      }),
    },
    {
      name: 'leader stopped for longer than its lease',
      weight: 6,
      befall: onLeader('leader SIGSTOP', async (leader, random) => {
        const pid = leader.coordinator.pid();
        process.kill(pid, 'SIGSTOP');
        const more = random.below(40_000);
        return async () => {
          await sleep(systemClock, more);
          process.kill(pid, 'SIGCONT');
        };
      }),
    },
    {
      name: 'leader cut off from the database',
      weight: 6,
      befall: onLeader('leader cut off', async (leader, random) => {
        leader.wire.stall();
        const more = random.below(10_000);
        return async () => {
          await sleep(systemClock, more);
          leader.wire.up();
        };
      }),
    },
    {
      name: 'leader SIGTERM',
      weight: 4,
      befall: onLeader('leader SIGTERM', async (leader) => {
        await leader.coordinator.stop();
        return () => leader.coordinator.start();
      }),
    },
    {
      name: 'leader stopped for less than its lease',
      weight: 3,
      async befall(target, random) {
        const { coordinator } = await leaderOf(sharedOf(target));
        const pid = coordinator.pid();
        process.kill(pid, 'SIGSTOP');
        await sleep(systemClock, random.below(8_000));
        process.kill(pid, 'SIGCONT');
      },
    },
    {
      name: 'sessions of the leader reset',
      weight: 4,
      async befall(target) {
        const shared = sharedOf(target);
        const { wire } = await leaderOf(shared);
        wire.down();
        wire.up();
        await leaderOf(shared);
      },
    },
    {
      name: 'standby kill -9',
      weight: 3,
      async befall(target) {
        const shared = sharedOf(target);
        const leader = await leaderOf(shared);
        const other = shared.members.find((member) => member !== leader);
        await other?.coordinator.kill('SIGKILL');
        await other?.coordinator.start();
      },
    },
    {
      name: 'database kill -9',
      weight: 4,
      async befall(target, random) {
        const shared = sharedOf(target);
        await shared.server.kill();
        await sleep(systemClock, random.below(LONG_MS));
        await shared.server.start();
        await leaderOf(shared);
      },
    },
  ];
  return [...own, ...FAULTS.filter(({ name }) => !/coordinator|both|wiped/.test(name))];
}

/** Lines with the takeovers' times, by kind and in all. */
export function takeoverLines(takeovers: Takeovers): string[] {
  const line = (name: string, times: number[]): string => {
    const sorted = times.sort((one, other) => one - other);
    const at = (part: number) => ((sorted[Math.ceil(part * sorted.length) - 1] ?? 0) / 1000).toFixed(1);
    return `${String(sorted.length).padStart(6)}  ${name}: half within ${at(0.5)} s, 99 % within ${at(0.99)} s, all within ${at(1)} s`;
  };
  const names = [...new Set(takeovers.map(({ name }) => name))];
  const of = (name: string) => takeovers.filter((one) => one.name === name).map(({ ms }) => ms);
  return [
    ...names.map((name) => line(name, of(name))),
    line(
      'in all',
      takeovers.map(({ ms }) => ms),
    ),
  ];
}
