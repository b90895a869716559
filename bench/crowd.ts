import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import type { Counts } from './fleet.ts';
import type { Bench } from './program.ts';
import { startSimulator } from './server.ts';

/** More agents than one process can play, on several loopback addresses: an address has ports for 28,000 connections. */
export type Crowd = {
  counts(): Promise<Counts>;
  /** Resolves with the moments at which half of the agents, 99 % and all were connected. Rejects after `withinMs`. */
  back(withinMs: number): Promise<{ half: number; most: number; all: number }>;
  /** Resolves with the moment at which every agent had begun `times` commands. */
  started(times: number): Promise<number>;
  end(): Promise<void>;
};

const PER_PROCESS = 10_000;
const PER_ADDRESS = 5_000;
const LOOK_MS = 200;
const SIMULATOR_NICE = 10;

export type CrowdOptions = {
  tokens: readonly string[];
  addresses: readonly string[];
  /** A port per coordinator, in place of sockets; none: sockets. */
  tunnels: readonly number[];
  dir: string;
  heartbeatMs: number;
  runMs: number;
};

export async function startCrowd(bench: Bench, options: CrowdOptions): Promise<Crowd> {
  const { tokens, addresses, tunnels, dir, heartbeatMs, runMs } = options;
  const simulators: { child: Child; agents: number }[] = [];
  for (let first = 0; first < tokens.length; first += PER_PROCESS) {
    const own = tokens.slice(first, first + PER_PROCESS);
    const tokensFile = join(dir, `tokens-${first}`);
    await writeFile(tokensFile, own.map((token) => `${token}\n`).join(''), { mode: 0o600 });
    const from = Array.from({ length: Math.ceil(own.length / PER_ADDRESS) }, (_, index) => addressOf(first, index));
    const child = await startSimulator(addresses, { tokensFile, heartbeatMs, runMs, from, tunnels });
    bench.onEnd(() => child.end());
    // In a fleet they run on other machines, so they get what coordinators and database leave.
    setPriority(child.pid, SIMULATOR_NICE);
    simulators.push({ child, agents: own.length });
  }

  async function counts(): Promise<Counts> {
    const all = await Promise.all(simulators.map(({ child }) => child.ask<Counts>('counts')));
    const sum = (name: keyof Counts) => all.reduce((total, one) => total + one[name], 0);
    return {
      ...{ connected: sum('connected'), heartbeats: sum('heartbeats'), runs: sum('runs') },
      ...{ tries: sum('tries'), lost: sum('lost') },
    };
  }

  return {
    counts,
    async back(withinMs) {
      const givenUpAt = Date.now() + withinMs;
      const reached = { half: 0, most: 0, all: 0 };
      for (;;) {
        const { connected } = await counts();
        const now = Date.now();
        if (connected >= tokens.length / 2) reached.half ||= now;
        if (connected >= tokens.length * 0.99) reached.most ||= now;
        if (connected === tokens.length) return { ...reached, all: now };
        if (now > givenUpAt) throw new Error(`only ${connected} of ${tokens.length} agents are connected`);
        await sleep(LOOK_MS);
      }
    },
    async started(times) {
      const moments = simulators.map(({ child, agents }) => child.ask<number>('runs', times * agents));
      return Math.max(...(await Promise.all(moments)));
    },
    async end() {
      await Promise.all(simulators.map(({ child }) => child.end()));
    },
  };
}

/** One for each 5,000 agents. */
const addressOf = (first: number, index: number): string => `127.0.1.${1 + first / PER_ADDRESS + index}`;
