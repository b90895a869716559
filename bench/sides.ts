import type { Child } from './child.ts';
import type { Usage } from './probe.ts';
import type { Bench } from './program.ts';
import type { Seeded } from './seed.ts';
import { type SimulatorOptions, startAgents, startCoordinator, startFloor } from './server.ts';

/** A server with agents on it: the coordinator, or the floor that gets the same frames. */
export type Side = { name: 'ours' | 'floor'; server: Child; agents: Child };

export const OURS = 'the coordinator (dist/coordinator.js) on a store of its own';
export const FLOOR = 'a bare ws server that parses each frame as JSON (bench/floor-server.ts)';

export type SideOptions = Omit<SimulatorOptions, 'tokensFile'>;

/** Both sides, with the same agents on each; they end with the program. */
export async function startSides(bench: Bench, seeded: Seeded, options: SideOptions): Promise<readonly [Side, Side]> {
  const start = async (name: Side['name']): Promise<Side> => {
    const server = await (name === 'ours' ? startCoordinator(seeded.dataDir) : startFloor(bench.dir));
    bench.onEnd(() => server.end());
    const agents = await startAgents(server, { tokensFile: seeded.tokensFile, ...options });
    bench.onEnd(() => agents.end());
    return { name, server, agents };
  };
  return Promise.all([start('ours'), start('floor')]);
}

/** CPU time, in ms, that the server uses while `work` goes on. */
export async function cpuMsOf({ server }: Side, work: () => Promise<unknown>): Promise<number> {
  const before = await server.ask<Usage>('usage');
  await work();
  return (await server.ask<Usage>('usage')).cpuMs - before.cpuMs;
}
