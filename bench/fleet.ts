import type { Duplex } from 'node:stream';
import { type Backoff, createBackoff } from '../agent/connection/backoff.ts';
import { systemClock } from '../shared/time/clock.ts';
import { createLivedTime } from '../shared/time/lived-time.ts';
import { type Behaviour, createSimulatedAgent, type SimulatedAgent, Unwelcome } from './simulated-agent.ts';

/** Many simulated agents in one process, which share its timers. */
export type Fleet = {
  /** Resolves when all agents are welcome. Retries failed ones; rejects when no more get in. An agent that was in reconnects forever. */
  connect(): Promise<void>;
  counts(): Counts;
  /** How many commands each agent has begun, in the order of the tokens. */
  starts(): number[];
  /** Each agent sends `beats` heartbeats, one per wave, as fast as they are taken; resolves when all are handled. */
  storm(beats: number): Promise<void>;
  /** Resolves when `runs` commands have come since the start, with the time of the last one. */
  runs(runs: number): Promise<number>;
  setBehaviour(change: Partial<Pick<Behaviour, 'runMs'>>): void;
  close(): void;
};

/** `tries`: the number of attempted connections; `lost`: of welcome ones that ended. */
export type Counts = { connected: number; heartbeats: number; runs: number; tries: number; lost: number };

export type FleetOptions = {
  /** One per coordinator. */
  urls: readonly string[];
  /** Addresses that the agents connect from, in turn; any if there are none. */
  from?: readonly string[];
  /** One per coordinator, in place of sockets. */
  tunnels?: readonly { open(address: string): Duplex }[] | undefined;
  tokens: readonly string[];
  /** 0: none by themselves. */
  heartbeatMs: number;
  runMs: number | null;
  outputBytes: number;
};

/** Connections that are being opened at once. */
const OPENING = 128;
/** Agents beat in this many groups, spread over the interval. */
const GROUPS = 100;
const SWEEP_MS = 1_000;
/** A sweep later than this shows that the process did not run. */
const LATE_MS = 1_000;
/** Consecutive failed attempts before it gives up. */
const MAX_FAILURES = 500;

export function createFleet({
  urls,
  from = [],
  tunnels,
  tokens,
  heartbeatMs,
  runMs,
  outputBytes,
}: FleetOptions): Fleet {
  let heartbeats = 0;
  let runs = 0;
  let tries = 0;
  let lost = 0;
  const starts = tokens.map(() => 0);
  let failures = 0;
  let isClosed = false;
  const waiting = new Set<{ runs: number; resolve: (at: number) => void }>();

  const behaviour: Behaviour = {
    lived: createLivedTime({ clock: systemClock, stepMs: SWEEP_MS + LATE_MS }).now,
    heartbeatMs,
    runMs,
    outputBytes,
    onBeat() {
      heartbeats += 1;
    },
    onRun() {
      runs += 1;
      for (const wait of waiting) if (runs >= wait.runs) wait.resolve(Date.now());
    },
    onStart(index) {
      starts[index] = (starts[index] ?? 0) + 1;
    },
    onGone(agent, end) {
      lost += 1;
      void comeBack(agent, end);
    },
  };
  const agents = tokens.map((token, index) =>
    createSimulatedAgent({ urls, from: from[index % from.length], tunnels, token, index, behaviour }),
  );

  const pause = (backoff: Backoff, end: number) =>
    new Promise((resolve) => setTimeout(resolve, backoff.after(end).delayMs));

  async function open(agent: SimulatedAgent, backoff: Backoff, givesUp: boolean): Promise<void> {
    while (!isClosed) {
      try {
        tries += 1;
        await agent.connect();
        failures = 0;
        return;
      } catch (cause) {
        failures += 1;
        if (givesUp && failures > MAX_FAILURES) throw new Error(`agents can't connect to ${urls}`, { cause });
        await pause(backoff, cause instanceof Unwelcome ? cause.end : 0);
      }
    }
  }

  /** Comes back as a real agent does. */
  async function comeBack(agent: SimulatedAgent, end: number): Promise<void> {
    const backoff = createBackoff(Math.random, urls.length);
    await pause(backoff, end);
    await open(agent, backoff, false);
  }

  let group = 0;
  function beatGroup(): void {
    for (let index = group; index < agents.length; index += GROUPS) agents[index]?.beat();
    group = (group + 1) % GROUPS;
  }
  const timers = [
    ...(heartbeatMs > 0 ? [setInterval(beatGroup, heartbeatMs / GROUPS)] : []),
    setInterval(() => {
      for (const agent of agents) agent.keepAlive();
    }, SWEEP_MS),
  ];

  return {
    async connect() {
      const left = [...agents];
      const opener = async () => {
        for (let agent = left.pop(); agent; agent = left.pop())
          await open(agent, createBackoff(Math.random, urls.length), true);
      };
      await Promise.all(Array.from({ length: OPENING }, opener));
    },
    counts() {
      const connected = agents.filter((agent) => agent.isConnected()).length;
      return { connected, heartbeats, runs, tries, lost };
    },
    starts: () => [...starts],
    async storm(beats) {
      for (let wave = 0; wave < beats; wave++) {
        for (const agent of agents) agent.beat();
        await agents.at(-1)?.settled();
      }
      await Promise.all(agents.map((agent) => agent.settled()));
      await agents.at(-1)?.handled();
    },
    runs: (wanted) =>
      new Promise((resolve) => {
        if (runs >= wanted) resolve(Date.now());
        else waiting.add({ runs: wanted, resolve });
      }),
    setBehaviour: (change) => void Object.assign(behaviour, change),
    close() {
      isClosed = true;
      for (const timer of timers) clearInterval(timer);
      for (const agent of agents) agent.close();
    },
  };
}
