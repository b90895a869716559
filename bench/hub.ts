import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputPath } from '../coordinator/output/file.ts';
import { type Api, createApi } from './api.ts';
import type { Child } from './child.ts';
import type { Bench } from './program.ts';
import { seedHosts } from './seed.ts';
import { startCoordinator } from './server.ts';

/** The coordinator for real agents, on its own store that knows one host. It ends with the program. */
export type Hub = {
  readonly coordinator: Child;
  readonly api: Api;
  readonly adminToken: string;
  /** Its own folder, which its host may use too. */
  readonly dir: string;
  /** File with the token of HOST. */
  readonly tokenFile: string;
  /** Dispatches the op; resolves to the command's id. */
  dispatch(op: string, host?: string): Promise<string>;
  output(id: string): Promise<string>;
  /** Where the coordinator writes it. */
  outputFile(id: string): string;
  /** Bytes of the command's output that are durable here. */
  outputBytes(id: string): Promise<number>;
};

/** The host that a new store knows. */
export const HOST = 'host-0';

/** `config`: the text of its CONFIG. */
export async function startHub(bench: Bench, config = ''): Promise<Hub> {
  const dir = await mkdtemp(join(bench.dir, 'hub-'));
  const { dataDir, adminToken, tokensFile } = await seedHosts(dir, 1);
  const configFile = join(dir, 'config.toml');
  await writeFile(configFile, config);
  const coordinator = await startCoordinator(dataDir, { config: configFile });
  bench.onEnd(() => coordinator.end());
  const api = createApi({ address: coordinator.address, adminToken });

  async function fetchOutput(id: string, query = ''): Promise<Response> {
    const headers = { authorization: `Bearer ${adminToken}` };
    return await fetch(`${coordinator.address}/api/commands/${id}/output${query}`, { headers });
  }

  return {
    coordinator,
    api,
    adminToken,
    dir,
    tokenFile: tokensFile,
    async dispatch(op, host = HOST) {
      const { results } = await api.post<{ results: { commandId: string }[] }>('/api/dispatch', { op, hosts: [host] });
      if (!results[0]) throw new Error(`${op} was not dispatched to ${host}`);
      return results[0].commandId;
    },
    outputFile: (id) => outputPath(join(dataDir, 'output'), id),
    output: async (id) => await (await fetchOutput(id)).text(),
    async outputBytes(id) {
      const response = await fetchOutput(id, '?limit=1');
      await response.arrayBuffer();
      return Number(response.headers.get('x-output-bytes'));
    },
  };
}
