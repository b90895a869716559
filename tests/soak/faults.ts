import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import { killAllOf } from '../harness/census.ts';
import type { TestProxy } from '../harness/proxy.ts';
import type { Random } from '../harness/random.ts';
import type { Subject } from '../harness/subject.ts';

/** A fault that explains how a command ended, where nothing else does. */
export type Excuse = 'wrapper' | 'power' | 'wiped' | 'kill' | 'cancel';

export type SoakHost = {
  subject: Subject;
  proxy: TestProxy;
  /** Ids of its commands that may run now. */
  running(): string[];
  /** All its present commands, and those on their way to it. */
  excuse(excuse: Excuse): void;
};

export type Fault = { name: string; weight: number; befall(host: SoakHost, random: Random): Promise<void> };

const FRAMES = [
  'coordinator welcome',
  'coordinator command.run',
  'coordinator command.kill',
  'coordinator command.output.ack',
  'coordinator command.exited.ack',
  'agent hello',
  'agent command.accepted',
  'agent command.started',
  'agent command.killing',
  'agent command.exited',
  'agent output',
  'agent heartbeat',
];

const pause = (random: Random, atMostMs: number) => sleep(systemClock, random.below(atMostMs));

/** At the next frame of a name, or not at all if none comes in time. */
async function atNextFrame({ proxy }: SoakHost, random: Random, act: () => 'cut-before' | 'cut-after' | 'stall') {
  const wanted = random.pick(FRAMES);
  let met = false;
  proxy.onFrame(({ from, type }) => {
    if (met || `${from} ${type}` !== wanted) return 'pass';
    met = true;
    return act();
  });
  await waitFor(wanted, () => met, Boolean, 2_000).catch(() => {});
  proxy.onFrame(() => 'pass');
}

/** The target of the signal may be gone already. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {}
}

async function wrappersOf({ subject: { system }, running }: SoakHost): Promise<number[]> {
  const commands = await Promise.all(running().map((id) => system.api.command(id).catch(() => null)));
  return commands.flatMap((command) => (command?.status === 'EXECUTING' && command.pid ? [command.pid] : []));
}

let boots = 0;

export const FAULTS: readonly Fault[] = [
  {
    name: 'agent kill -9',
    weight: 6,
    befall: async ({ subject: { host } }) => host.agent.kill('SIGKILL'),
  },
  {
    name: 'agent SIGTERM',
    weight: 2,
    befall: async ({ subject: { host } }) => host.agent.kill('SIGTERM'),
  },
  {
    name: 'agent kill -9 at a frame',
    weight: 4,
    befall: (target, random) =>
      atNextFrame(target, random, () => {
        target.subject.host.agent.kill('SIGKILL');
        return random.pick(['cut-before', 'cut-after'] as const);
      }),
  },
  {
    name: 'agent stopped for a while',
    weight: 2,
    async befall({ subject: { host } }, random) {
      const pid = host.agent.pid();
      if (pid === null) return;
      signal(pid, 'SIGSTOP');
      await pause(random, 1_500);
      signal(pid, 'SIGCONT');
    },
  },
  { name: 'connection cut', weight: 4, befall: async ({ proxy }) => proxy.cut() },
  {
    name: 'connection cut at a frame',
    weight: 6,
    befall: (target, random) => atNextFrame(target, random, () => random.pick(['cut-before', 'cut-after'] as const)),
  },
  {
    name: 'connection stalled at a frame, then reset',
    weight: 3,
    async befall(target, random) {
      await atNextFrame(target, random, () => 'stall');
      await pause(random, 1_500);
      target.proxy.cut();
    },
  },
  {
    name: 'network down for a while',
    weight: 3,
    async befall({ proxy }, random) {
      proxy.down();
      await pause(random, 1_500);
      proxy.up();
    },
  },
  {
    name: 'every frame twice for a while',
    weight: 3,
    async befall({ proxy }, random) {
      proxy.onFrame(({ type }) => (type === 'http' ? 'pass' : 'twice'));
      await pause(random, 1_500);
      proxy.onFrame(() => 'pass');
    },
  },
  {
    name: 'every frame late for a while',
    weight: 2,
    async befall({ proxy }, random) {
      proxy.delay(50);
      await pause(random, 1_500);
      proxy.delay(0);
    },
  },
  {
    name: 'coordinator kill -9',
    weight: 4,
    async befall({ subject: { system } }, random) {
      await system.coordinator.kill('SIGKILL');
      await pause(random, 500);
      await system.coordinator.start();
    },
  },
  {
    name: 'coordinator kill -9 at a frame',
    weight: 4,
    async befall(target, random) {
      const { coordinator } = target.subject.system;
      let died: Promise<unknown> | null = null;
      await atNextFrame(target, random, () => {
        died = coordinator.kill('SIGKILL');
        return random.pick(['cut-before', 'cut-after'] as const);
      });
      if (!died) return;
      await died;
      await coordinator.start();
    },
  },
  {
    name: 'coordinator restarted',
    weight: 1,
    async befall({ subject: { system } }) {
      await system.coordinator.stop();
      await system.coordinator.start();
    },
  },
  {
    name: 'both kill -9',
    weight: 1,
    async befall({ subject: { system, host } }) {
      host.agent.kill('SIGKILL');
      await system.coordinator.kill('SIGKILL');
      await system.coordinator.start();
    },
  },
  {
    name: 'wrapper kill -9',
    weight: 1,
    async befall(target) {
      target.excuse('wrapper');
      for (const pid of await wrappersOf(target)) signal(pid, 'SIGKILL');
    },
  },
  {
    name: 'whole command kill -9',
    weight: 1,
    async befall(target) {
      target.excuse('wrapper');
      for (const pid of await wrappersOf(target)) signal(-pid, 'SIGKILL');
    },
  },
  {
    name: 'power cut',
    weight: 1,
    async befall({ subject: { host }, excuse }) {
      await host.agent.crash();
      excuse('power');
      await killAllOf(host.dir);
      host.tidy();
      boots += 1;
      host.env.SWITCHYARD_BOOT_ID = `boot-${boots}`;
      host.agent.start();
    },
  },
  {
    name: 'state folder wiped',
    weight: 0.5,
    async befall({ subject: { host }, excuse }) {
      await host.agent.crash();
      excuse('wiped');
      for (const name of readdirSync(host.stateDir))
        rmSync(join(host.stateDir, name), { recursive: true, force: true });
      host.agent.start();
    },
  },
];
