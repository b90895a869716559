import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startChild } from '../../bench/child.ts';
import type { ListPage } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newId } from '../../shared/ids.ts';
import type { Command } from '../../shared/model/command.ts';
import type { Rollout, RolloutRequest, RolloutView } from '../../shared/model/rollout.ts';
import { sleep, systemClock } from '../../shared/time/clock.ts';
import type { TestProxy } from '../harness/proxy.ts';
import { createRandom, type Random } from '../harness/random.ts';
import { type RolloutsApi, rolloutsOf } from '../harness/rollouts.ts';
import type { System } from '../harness/system.ts';
import { createKiller, type Killer } from './killer.ts';
import { KILL_POINTS, PATIENCE_MS } from './rollout-kill-points.ts';
import { type Ran, rolloutDisagreements } from './rollout-verdict.ts';
import { Tally } from './tally.ts';

export type RolloutSoakOptions = {
  seed: number;
  /** Real agents. */
  hosts: number;
  simulated: number;
  kills: number;
  say(line: string): void;
};

export type RolloutSoakResult = {
  kills: number;
  /** The most memory of a coordinator, in MiB. */
  mostMemory: number;
  points: Tally;
  rollouts: Tally;
  disagreements: string[];
};

const SIMULATOR = resolve(import.meta.dirname, '../../bench/simulator.ts');
const STEP = { op: 'check-version' };
const STEPS = 2;
const SOAK_MS = 1_500;
/** One rollout in this many is made while the coordinator is killed. */
const MADE_IN_DEATH = 3;
/** About the time that it takes to create a rollout over thousands of hosts. */
const MAKING_MS = 300;

/**
 * A command that finds no host for 120 s is not delivered and fails its host, so kills leave all hosts time to come back. On a busy machine
 * a kill point may take a minute to come, and thousands of hosts another minute to come back.
 */
const MOST_APART_MS = 15_000;

/** Each wave has real hosts, whose frames show its kill points. */
const WAVES = [
  { where: 'name:*1', count: 21 },
  { where: 'name:*2', percent: 5 },
  { where: 'name:*3 or name:*4', percent: 20 },
  { where: 'name:*5 or name:*6 or name:*7 or name:*8', percent: 50 },
];

type Soak = {
  system: System;
  rollouts: RolloutsApi;
  proxy: TestProxy;
  killer: Killer;
  random: Random;
  points: Tally;
  mostKills: number;
};

/**
 * Rollouts over real and simulated hosts while the coordinator is killed -9 at points that count. Each rollout is compared with what its
 * hosts ran, by the hosts' own records: each step once, no host after a stop, waves in their order, each soak as long as it must be without the time
 * in which no coordinator ran, and each host's standing as its commands alone give it.
 */
export async function soakRollouts(system: System, options: RolloutSoakOptions): Promise<RolloutSoakResult> {
  const { seed, hosts, simulated, say } = options;
  const [killer, proxy, points, ends] = [
    createKiller(system.coordinator),
    await system.addProxy(),
    new Tally(),
    new Tally(),
  ];
  const rollouts = rolloutsOf(system.api);
  const soak: Soak = { system, rollouts, proxy, killer, random: createRandom(seed), points, mostKills: options.kills };
  const disagreements: string[] = [];
  const deeds = join(system.dir, 'steps');
  for (let index = 0; index < hosts; index++) {
    const name = `real-${index}`;
    await system.addHost(name, {
      address: proxy.address,
      env: { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '2000' },
      ops: { 'check-version': `echo ${name} >>'${deeds}'; sleep 0.1` },
    });
  }
  const simulator = await startChild({
    argv: [
      ...[SIMULATOR, '--url', system.coordinator.address, '--admin-token-file', system.coordinator.tokenFile],
      ...['--agents', String(simulated), '--heartbeat-ms', '5000', '--run-ms', '100'],
    ],
    listens: false,
  });
  const ran = async (): Promise<Ran> => {
    const counts = new Map<string, number>();
    const lines = existsSync(deeds) ? readFileSync(deeds, 'utf8').split('\n').filter(Boolean) : [];
    for (const name of lines) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [index, count] of (await simulator.ask<number[]>('starts')).entries())
      counts.set(`simulated-${index}`, count);
    return counts;
  };
  try {
    await simulator.ask('connected');
    say(`${hosts} real and ${simulated} simulated hosts are connected`);
    while (killer.kills() < options.kills) {
      const before = await ran();
      const { view, stoppedAt, wrong } = await one(soak, say);
      const end =
        stoppedAt === null ? `${view.status}${view.reason ? ` (${view.reason.code})` : ''}` : 'STOPPED by a person';
      ends.add(end);
      const commands = await commandsOf(system, view);
      const found = rolloutDisagreements({
        view,
        commands,
        before,
        after: await ran(),
        steps: STEPS,
        soakMs: SOAK_MS,
        stoppedAt,
        downs: killer.downs(),
      });
      disagreements.push(...[...wrong, ...found].map((line) => `${view.id}: ${line}`));
      say(`${killer.kills()} kills: ${end}, ${JSON.stringify(view.counts)}, ${found.length} disagreements`);
    }
  } finally {
    await simulator.end();
  }
  return { kills: killer.kills(), mostMemory: killer.mostMemory(), points, rollouts: ends, disagreements };
}

type Lived = { view: RolloutView; stoppedAt: number | null; wrong: string[] };

/** One rollout from its start to its end, with kills in between. */
async function one(soak: Soak, say: (line: string) => void): Promise<Lived> {
  const { system, rollouts, proxy, killer, random, points, mostKills } = soak;
  const wrong: string[] = [];
  let stoppedAt: number | null = null;
  let allOnlineAt = await allOnline(system);
  const id = await make(soak, wrong);
  const scene = {
    id,
    rollouts,
    proxy,
    killer,
    random,
    soakMs: SOAK_MS,
    stopped: (at: number) => {
      stoppedAt = at;
    },
    wrong: (line: string) => void wrong.push(line),
  };
  while (killer.kills() < mostKills) {
    if (Date.now() - allOnlineAt > MOST_APART_MS) allOnlineAt = await allOnline(system);
    const point = random.weighted(KILL_POINTS);
    if (!(await point.befall(scene))) break;
    points.add(point.name);
    await killer.back();
    const { waves, counts } = await rollouts.summary(id);
    const done = waves.filter(({ status }) => status === 'done').length;
    say(`killed ${point.name}: ${done} waves done, ${JSON.stringify(counts)}`);
  }
  const isSettled = ({ status, counts }: Rollout) =>
    status === 'PAUSED' || (status !== 'RUNNING' && counts.running === 0);
  const { status, reason } = await waitFor('the end', () => rollouts.summary(id), isSettled, PATIENCE_MS);
  if (status === 'PAUSED') {
    wrong.push(`it paused without a decision: ${reason?.message}`);
    stoppedAt = (await rollouts.decided(id, 'stop')).finishedAt;
  }
  return { view: await rollouts.view(id), stoppedAt, wrong };
}

/** Resolves to when every host was online. */
async function allOnline({ api }: System): Promise<number> {
  await waitFor(
    'all hosts online',
    async () => ((await (await api.send('/api/hosts?where=not%20online&limit=1')).json()) as ListPage<unknown>).items,
    ({ length }) => length === 0,
    PATIENCE_MS,
  );
  return Date.now();
}

/** Makes a rollout; sometimes while the coordinator is killed. Then it is asked for again, with the same key. */
async function make({ rollouts, killer, random, points }: Soak, wrong: string[]): Promise<string> {
  const plan: RolloutRequest = {
    steps: Array.from({ length: STEPS }, () => STEP),
    where: 'name:*',
    maxParallel: 200 + random.below(800),
    waves: WAVES.map((wave) => ({ ...wave, soakMs: SOAK_MS })),
  };
  const newest = await rollouts.newest();
  const key = newId();
  const first = rollouts.start(plan, key).catch(() => null);
  if (random.below(MADE_IN_DEATH) === 0) {
    await sleep(systemClock, random.below(MAKING_MS));
    killer.strike();
    points.add('while it is made');
  }
  const answered = await first;
  await killer.back();
  const id = await rollouts.start(plan, key);
  if (answered !== null && answered !== id) wrong.push(`it was answered as ${answered}, and then made again`);
  const made = await rollouts.newest();
  if (made?.id !== id || (newest && made.id === newest.id)) wrong.push(`the newest rollout is ${made?.id}`);
  return id;
}

/** Every command made since the rollout. Nothing else makes any. */
async function commandsOf(system: System, view: RolloutView): Promise<Command[]> {
  const found: Command[] = [];
  let before = '';
  for (;;) {
    const answer = await system.api.send(`/api/commands?op=${STEP.op}&limit=500${before && `&before=${before}`}`);
    const page = (await answer.json()) as ListPage<Command>;
    found.push(...page.items.filter(({ createdAt }) => createdAt >= view.createdAt));
    const oldest = page.items.at(-1);
    if (page.next === null || !oldest || oldest.createdAt < view.createdAt) break;
    before = String(page.next);
  }
  return found;
}
