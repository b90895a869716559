import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startChild } from '../../bench/child.ts';
import { sleep, systemClock } from '../../shared/clock.ts';
import type { Command } from '../../shared/command.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { Page } from '../../shared/resources.ts';
import type { RolloutRequest, RolloutView } from '../../shared/rollout.ts';
import { createRandom, type Random } from '../harness/random.ts';
import { rolloutsOf } from '../harness/rollouts.ts';
import type { System } from '../harness/system.ts';
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

export type RolloutSoakResult = { kills: number; rollouts: Tally; disagreements: string[] };

const SIMULATOR = resolve(import.meta.dirname, '../../bench/simulator.ts');
const STEP = { op: 'check-version' };
const STEPS = 2;
const SOAK_MS = 500;
/** Time from a start of the coordinator, or from the rollout's first progress after it, to the kill. */
const LIFE_MS = 3_000;
/** One kill in this many comes whether there was progress or not. */
const BLIND = 3;
/** One rollout in this many is stopped. */
const STOPPED = 4;
const PATIENCE_MS = 300_000;

/**
 * Rollouts over real and simulated hosts while the coordinator is killed -9 again and again. Each rollout is compared with what its hosts ran,
 * by their own word: each step once, no host after a stop, waves in their order, and each soak as long as it must be.
 */
export async function soakRollouts(system: System, options: RolloutSoakOptions): Promise<RolloutSoakResult> {
  const { seed, hosts, simulated, say } = options;
  const random = createRandom(seed);
  const result: RolloutSoakResult = { kills: 0, rollouts: new Tally(), disagreements: [] };
  const deeds = join(system.dir, 'steps');
  for (let index = 0; index < hosts; index++) {
    const name = `real-${index}`;
    await system.addHost(name, { ops: { 'check-version': `echo ${name} >>'${deeds}'; sleep 0.1` } });
  }
  const simulator = await startChild({
    argv: [
      ...[SIMULATOR, '--url', system.coordinator.address, '--admin-token-file', system.coordinator.tokenFile],
      ...['--agents', String(simulated), '--heartbeat-ms', '2000', '--run-ms', '100'],
    ],
    listens: false,
  });
  try {
    await simulator.ask('connected');
    say(`${hosts} real and ${simulated} simulated hosts are connected`);
    const ran = async (): Promise<Ran> => {
      const counts = new Map<string, number>();
      const lines = existsSync(deeds) ? readFileSync(deeds, 'utf8').split('\n').filter(Boolean) : [];
      for (const name of lines) counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const [index, count] of (await simulator.ask<number[]>('starts')).entries())
        counts.set(`simulated-${index}`, count);
      return counts;
    };
    while (result.kills < options.kills) {
      const before = await ran();
      const { view, stoppedAt, kills } = await one(system, random, options.kills - result.kills, say);
      result.kills += kills;
      const end = stoppedAt === null ? view.status : 'STOPPED by a person';
      result.rollouts.add(`${end}${view.reason && stoppedAt === null ? ` (${view.reason.code})` : ''}`);
      const commands = await commandsOf(system, view);
      const found = rolloutDisagreements({
        view,
        commands,
        before,
        after: await ran(),
        steps: STEPS,
        soakMs: SOAK_MS,
        stoppedAt,
      });
      result.disagreements.push(...found.map((line) => `${view.id}: ${line}`));
      say(`${result.kills} kills: ${end}, ${JSON.stringify(view.counts)}, ${found.length} disagreements`);
    }
  } finally {
    await simulator.end();
  }
  return result;
}

/** One rollout from its start to its end, with kills in between. */
async function one(
  system: System,
  random: Random,
  killsLeft: number,
  say: (line: string) => void,
): Promise<{ view: RolloutView; stoppedAt: number | null; kills: number }> {
  const rollouts = rolloutsOf(system.api);
  const plan: RolloutRequest = {
    ...{ steps: Array.from({ length: STEPS }, () => STEP), where: 'online', maxParallel: 200 + random.below(800) },
    waves: [1, 5, 20, 50].map((percent) => ({ percent, soakMs: SOAK_MS })),
  };
  await waitFor(
    'all hosts online',
    async () =>
      ((await (await system.api.send('/api/hosts?where=not%20online&limit=1')).json()) as Page<unknown>).items,
    ({ length }) => length === 0,
    PATIENCE_MS,
  );
  const id = await rollouts.start(plan);
  const stopsAfter = random.below(STOPPED) === 0 ? random.below(5) : null;
  let kills = 0;
  let stoppedAt: number | null = null;
  for (;;) {
    if (random.below(BLIND) > 0) {
      const { rev, counts } = await rollouts.view(id);
      const isProgress = (seen: RolloutView) => seen.rev > rev || seen.counts.proven > counts.proven;
      await waitFor(
        'progress',
        () => rollouts.view(id),
        (seen) => seen.status !== 'RUNNING' || isProgress(seen),
        PATIENCE_MS,
      );
    }
    await sleep(systemClock, random.below(LIFE_MS));
    const view = await rollouts.view(id);
    if (view.status !== 'RUNNING') {
      // Commands that were sent before a stop may still run.
      const settled = await rollouts.until(id, 'nothing under way', ({ counts }) => counts.running === 0);
      return { view: settled, stoppedAt, kills };
    }
    if (stopsAfter !== null && kills >= stopsAfter) {
      await rollouts.decide(id, 'stop');
      stoppedAt = Date.now();
    }
    if (kills < killsLeft || stoppedAt !== null) {
      await system.coordinator.kill('SIGKILL');
      kills += 1;
      await system.coordinator.start();
      say(
        `killed in ${view.waves.filter(({ status }) => status === 'done').length} done waves: ${JSON.stringify(view.counts)}`,
      );
      continue;
    }
    const last = await waitFor(
      'the end',
      () => rollouts.view(id),
      ({ status }) => status !== 'RUNNING',
      PATIENCE_MS,
    );
    return { view: last, stoppedAt, kills };
  }
}

async function commandsOf(system: System, view: RolloutView): Promise<Command[]> {
  const ids = new Set(view.hosts.map(({ commandId }) => commandId));
  const found: Command[] = [];
  let before = '';
  for (;;) {
    const answer = await system.api.send(`/api/commands?op=${STEP.op}&limit=500${before && `&before=${before}`}`);
    const page = (await answer.json()) as Page<Command>;
    found.push(...page.items.filter(({ createdAt }) => createdAt >= view.createdAt));
    const oldest = page.items.at(-1);
    if (page.next === null || !oldest || oldest.createdAt < view.createdAt) break;
    before = String(page.next);
  }
  if (found.length < ids.size - 1) throw new Error(`${found.length} commands of ${ids.size} hosts were found`);
  return found;
}
