/** From a dispatch until the command's first step runs, above a bare spawn of the same wrapper. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitFor } from '../shared/fixtures/wait-for.ts';
import { createApi } from '../tests/harness/api.ts';
import { AGENT_PATH, bootHost, hostsUnfit } from '../tests/hosts/booted-host.ts';
import { AGENT_BUNDLE, startAgent } from './agent.ts';
import { whenIdle } from './api.ts';
import { bareSpawn, nowMs, STAMP, sinceMs } from './bare-spawn.ts';
import { HOST, type Hub, startHub } from './hub.ts';
import { type Bench, runProgram } from './program.ts';
import { type Measured, percentile, type Round } from './result.ts';

const ROUNDS = 5;
const OPS = `[ops.stamp]\nsteps = [${JSON.stringify(STAMP)}]\n`;

type Launcher = {
  name: 'process' | 'systemd';
  host: string;
  /** On each side, in a round. */
  starts: number;
  budgetMs: { p50: number; p99: number };
  where: string;
};

const PROCESS: Launcher = {
  name: 'process',
  host: HOST,
  starts: 80,
  budgetMs: { p50: 10, p99: 50 },
  where: 'beside it on this machine',
};
const SYSTEMD: Launcher = {
  name: 'systemd',
  host: 'booted',
  starts: 30,
  budgetMs: { p50: 60, p99: 150 },
  where: 'the unit of a container that systemd has booted, on the same loopback',
};

/** A host with systemd as its pid 1, where the agent is a unit and starts each command as another; resolves to its spool. */
async function bootSystemd(bench: Bench, { coordinator, adminToken }: Hub): Promise<string> {
  const api = createApi({ address: coordinator.address, token: adminToken });
  const host = await bootHost({ api, coordinator }, SYSTEMD.host, {
    env: { SWITCHYARD_HEARTBEAT_INTERVAL_MS: '5000' },
    ops: OPS,
    async install(machine) {
      const path = machine.path(AGENT_PATH);
      mkdirSync(dirname(path), { recursive: true });
      copyFileSync(AGENT_BUNDLE, path);
    },
  });
  bench.onEnd(() => host.close());
  return host.machine.path('/var/lib/switchyard-agent/spool');
}

/** Ms from a dispatch until its step ran; resolves once the command has ended and the agent has cleaned up after it. */
async function dispatched(hub: Hub, host: string, spoolDir: string): Promise<number> {
  const startedAt = nowMs();
  const id = await hub.dispatch('stamp', host);
  await whenIdle(hub.api);
  const stamp = await waitFor('the step to say when it ran', () => hub.output(id));
  await waitFor('its spool to be gone', () => !existsSync(join(spoolDir, id)));
  return sinceMs(startedAt, stamp);
}

async function measure(bench: Bench, hub: Hub, spoolDir: string, launcher: Launcher): Promise<Measured[]> {
  const { name, host, starts, budgetMs, where } = launcher;
  bench.say(`${name} launcher: ${ROUNDS} rounds of ${starts} commands, one at a time`);
  const rounds: Record<'p50' | 'p99', Round[]> = { p50: [], p99: [] };
  await dispatched(hub, host, spoolDir);
  for (let round = 0; round < ROUNDS; round++) {
    const ours: number[] = [];
    const floor: number[] = [];
    const sides = [
      async () => ours.push(await dispatched(hub, host, spoolDir)),
      async () => floor.push(await bareSpawn(bench.dir)),
    ];
    // In turn, so that both share the machine's other load, and each other's traces.
    for (let start = 0; start < starts; start++)
      for (const side of start % 2 === 0 ? sides : sides.toReversed()) await side();
    rounds.p50.push({ ours: percentile(ours, 50), floor: percentile(floor, 50) });
    rounds.p99.push({ ours: percentile(ours, 99), floor: percentile(floor, 99) });
  }
  return (['p50', 'p99'] as const).map((part) => ({
    row: 'dispatch to process start',
    part: `${name} launcher, ${part}`,
    unit: 'ms',
    ours: `from POST /api/dispatch until the step of the command runs; the agent is ${where}`,
    floor:
      'the same wrapper script, written beforehand, from its spawn by a bare Node process until the same step runs',
    budget: { on: 'difference', atMost: budgetMs[part] },
    rounds: rounds[part],
    notes: [
      `${starts} commands a round on each side, in turn, each side first in every other pair; the next one waits until all of a command is cleaned up. The step is \`date +%s%N\`: it says itself when it began to run.`,
    ],
  }));
}

await runProgram('spawn-latency', async (bench) => {
  const hub = await startHub(bench);
  const { spoolDir } = await startAgent(bench, hub, OPS);
  const measured = await measure(bench, hub, spoolDir, PROCESS);
  const unfit = await hostsUnfit();
  if (!unfit) {
    const booted = await bootSystemd(bench, hub);
    return { measured: [...measured, ...(await measure(bench, hub, booted, SYSTEMD))] };
  }
  const told = `The systemd launcher was not measured, since no host can be booted here: ${unfit}`;
  bench.say(told);
  return { measured: measured.map((one) => ({ ...one, notes: [...(one.notes ?? []), told] })) };
});
