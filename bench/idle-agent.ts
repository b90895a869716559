/** The cost of an idle agent to its host. */
import { build } from '../scripts/build.ts';
import { sleep, systemClock } from '../shared/time/clock.ts';
import { startAgent } from './agent.ts';
import { whenIdle } from './api.ts';
import { startChild } from './child.ts';
import { rounded } from './figures.ts';
import { startHub } from './hub.ts';
import { runProgram } from './program.ts';
import type { Measured, Round } from './result.ts';
import { startFloor } from './server.ts';
import { childrenOf, cpuMsOf, memoryOf } from './usage.ts';

const HEARTBEAT_MS = 5_000;
/** The size of a report and metrics as JSON. */
const HEARTBEAT_BYTES = 1_000;
/** By then the garbage of the start is collected. */
const SETTLE_MS = 20_000;
const WINDOWS = 6;
const WINDOW_MS = 10_000;
const LOOK_MS = 50;

type Window = { memory: number; cpuPercent: number; children: number };

/** Peak resident memory in MB, CPU, and the number of looks that found a child or traces of one. */
async function watch(pid: number): Promise<Window> {
  const cpuMs = cpuMsOf(pid);
  const startedAt = performance.now();
  const { pastFaults } = childrenOf(pid);
  const seen: Window = { memory: 0, cpuPercent: 0, children: 0 };
  while (performance.now() - startedAt < WINDOW_MS) {
    await sleep(systemClock, LOOK_MS);
    const children = childrenOf(pid);
    seen.memory = Math.max(seen.memory, memoryOf(pid).now);
    seen.children += children.alive > 0 || children.pastFaults !== pastFaults ? 1 : 0;
  }
  seen.cpuPercent = ((cpuMsOf(pid) - cpuMs) / (performance.now() - startedAt)) * 100;
  return seen;
}

/** As one file of JavaScript, like the agent: otherwise Node's TypeScript support would count too. */
async function bundledFloor(outDir: string): Promise<string> {
  const [file = ''] = await build({ outDir, commit: '', programs: { 'floor-agent': 'bench/floor-agent.ts' } });
  return file;
}

await runProgram('idle-agent', async (bench) => {
  const hub = await startHub(bench);
  const agent = await startAgent(bench, hub, '[ops.hello]\nsteps = [["echo", "hello"]]\n');
  const fresh = memoryOf(agent.pid).now;
  // An agent that has never run anything would look better than working ones.
  await hub.dispatch('hello');
  await whenIdle(hub.api);
  const server = await startFloor(bench.dir);
  bench.onEnd(() => server.end());
  const url = server.address.replace('http', 'ws');
  const argv = [await bundledFloor(bench.dir), url, String(HEARTBEAT_MS), String(HEARTBEAT_BYTES)];
  const client = await startChild({ argv, listens: false });
  bench.onEnd(() => client.end());

  bench.say(`${WINDOWS} windows of ${WINDOW_MS / 1000} s`);
  await sleep(systemClock, SETTLE_MS);
  const windows: { ours: Window; floor: Window }[] = [];
  while (windows.length < WINDOWS) {
    const [ours, floor] = await Promise.all([watch(agent.pid), watch(client.pid)]);
    windows.push({ ours, floor });
  }

  const part = (name: string, unit: string, atMost: number, of: keyof Window, notes: string[]): Measured => ({
    row: 'idle agent at a 5 s heartbeat',
    part: name,
    unit,
    notes,
    ours: 'the agent (dist/agent.js), connected, after it has run one command',
    floor: 'a bare ws client that sends a text of that length as often',
    budget: { on: 'ours', atMost },
    rounds: windows.map(({ ours, floor }): Round => ({ ours: ours[of], floor: floor[of] })),
  });
  const when = `Both watched at once, in windows of ${WINDOW_MS / 1000} s that begin ${SETTLE_MS / 1000} s after the command.`;
  return {
    measured: [
      part('memory', 'MB', 75, 'memory', [
        `The highest resident memory seen in each window, at a look every ${LOOK_MS} ms; ${rounded(fresh)} MB directly after the start. ${when}`,
      ]),
      part('CPU', '% of a core', 0.5, 'cpuPercent', [when]),
      part('child processes', 'looks', 0, 'children', [
        'Looks that found a child, or page faults of one that had ended between two looks.',
      ]),
    ],
  };
});
