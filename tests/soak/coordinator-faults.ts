import type { ListPage } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Host } from '../../shared/model/host.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import type { Random } from '../harness/random.ts';
import type { SharedDatabase } from '../harness/shared-database.ts';
import { FAULTS, type Fault, type SoakHost } from './faults.ts';

type Member = SharedDatabase['members'][number];

const sharedOf = ({ subject: { system } }: SoakHost): SharedDatabase => {
  if (!system.shared) throw new Error('the system has one coordinator');
  return system.shared;
};

/** For each fault that took the leader: the time until another led and, if the run waited for it, until all agents were back. */
export type Takeovers = { name: string; ms: number; backMs: number | null }[];

/** Limits of docs/high-availability.md. */
const LEADS_WITHIN_MS = 15_000;
const BACK_WITHIN_MS = 30_000;

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

/** Resolves once every agent is connected. */
async function allOnline({ subject: { system } }: SoakHost): Promise<void> {
  const online = async () => {
    const answer = await system.api.send('/api/hosts?limit=500');
    return ((await answer.json()) as ListPage<Host>).items.map((host) => host.online);
  };
  await waitFor('all agents', online, (each) => each.every(Boolean), 120_000);
}

/** Faults of several coordinators and of their database, among those of the hosts. */
export function coordinatorFaults(takeovers: Takeovers): readonly Fault[] {
  /** Strikes the leader, and measures until another, or the same again, leads. */
  const onLeader =
    (
      name: string,
      strike: (leader: Member, random: Random, shared: SharedDatabase) => Promise<() => Promise<void>>,
      { waitsForAgents = false } = {},
    ) =>
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
        const ms = systemClock.monotonic() - since;
        if (waitsForAgents) await allOnline(target);
        takeovers.push({ name, ms, backMs: waitsForAgents ? systemClock.monotonic() - since : null });
      } finally {
        await undo();
      }
    };

  const own: Fault[] = [
    {
      name: 'leader kill -9',
      weight: 8,
      befall: onLeader(
        'leader kill -9',
        async (leader, random) => {
          await leader.coordinator.kill('SIGKILL');
          const later = random.below(20_000);
          return async () => {
            await sleep(systemClock, later);
            await leader.coordinator.start();
          };
        },
        { waitsForAgents: true },
      ),
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

/** Lines with the takeovers' times, by kind and in all, and how many were too late. */
export function takeoverLines(takeovers: Takeovers): string[] {
  const line = (name: string, given: readonly number[], withinMs: number): string => {
    const sorted = given.toSorted((one, other) => one - other);
    const at = (part: number) => ((sorted[Math.ceil(part * sorted.length) - 1] ?? 0) / 1000).toFixed(1);
    const late = sorted.filter((ms) => ms > withinMs).length;
    return `${String(sorted.length).padStart(6)}  ${name}: half within ${at(0.5)} s, 99 % within ${at(0.99)} s, all within ${at(1)} s; ${late} over ${withinMs / 1000} s`;
  };
  const times = (of: Takeovers) => of.map(({ ms }) => ms);
  const names = [...new Set(takeovers.map(({ name }) => name))];
  const back = takeovers.flatMap(({ backMs }) => backMs ?? []);
  return [
    ...names.map((name) => line(name, times(takeovers.filter((one) => one.name === name)), LEADS_WITHIN_MS)),
    line('in all', times(takeovers), LEADS_WITHIN_MS),
    ...(back.length > 0 ? [line('all agents back after kill -9', back, BACK_WITHIN_MS)] : []),
  ];
}
