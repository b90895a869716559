import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { agentBundle } from '../../scripts/built-programs.ts';
import { createNixFleet, hasNix, type NixFleet } from '../fixtures/nix-fleet.ts';
import type { Api } from '../harness/api.ts';
import { type Coordinator, startCoordinator } from '../harness/coordinator.ts';
import { clearFolder, makeFolder } from '../harness/folder.ts';
import { startHost, type TestHost } from '../harness/host.ts';
import { startProxy, type TestProxy } from '../harness/proxy.ts';
import { baseEnv } from '../harness/system.ts';
import { screen } from './screen.ts';

const STORE_HASH = /(?<=\/store\/)(\w{8})\w{24}(?=-)/g;

const HOSTS = ['web1', 'web2', 'db1', 'web3', 'web4'] as const;

/** The host behind a network of its own, which its active system's file `firewall` closes, as a rule of nftables would. */
const BEHIND = 'web2';
const FIREWALL_LOOK_MS = 100;

/** The demo's fleet, each part as real as the machine allows. */
export type Stage = {
  /** Without it a guard has nothing to go back to. */
  readonly usesNix: boolean;
  readonly fleet: NixFleet;
  readonly coordinator: Coordinator;
  readonly api: Api;
  host(name: string): TestHost;
  /** Without the demo's folder, and without most of each store path's hash: they are long and say little. */
  shorten(text: string): string;
};

/** Sets the stage step by step, until `interrupt` is aborted; `close` takes down whatever stands by then. */
export function createStage(interrupt: AbortSignal) {
  const dir = makeFolder('switchyard-demo-');
  const env = baseEnv(dir);
  const hosts = new Map<string, TestHost>();
  let network: TestProxy | null = null;
  let firewall: NodeJS.Timeout | undefined;
  let coordinator: Coordinator | null = null;
  let opening: Promise<Stage> | null = null;

  async function open(): Promise<Stage> {
    screen.title('The stage');
    const usesNix = hasNix();
    if (!usesNix)
      screen.state('attention', 'there is no nix here: systems are put together by a plain script instead of a flake');
    const fleet = await createNixFleet({ hosts: HOSTS, bundle: agentBundle, parentDir: dir });
    screen.state('ok', `configuration  ${fleet.repoUrl}, a bare git repository${usesNix ? ' with a flake' : ''}`);

    interrupt.throwIfAborted();
    const config = `[target]\nrepoUrl = ${JSON.stringify(fleet.repoUrl)}\npollMs = 60000\n`;
    coordinator = await startCoordinator({ dir, env, config });
    const { api, address } = coordinator;
    screen.state('ok', `coordinator    ${address}, on SQLite in ${join(dir, 'data')}`);

    network = await startProxy(address);
    for (const name of HOSTS) {
      interrupt.throwIfAborted();
      const { dir: hostDir, installedPath, install, env: hostEnv, currentSystem } = fleet.host(name);
      install();
      const options = { name, api, dir: hostDir, program: installedPath, env: { ...env, ...hostEnv } };
      hosts.set(name, await startHost({ ...options, address: name === BEHIND ? network.address : address }));
      if (name === BEHIND) firewall = obey(network, join(currentSystem, 'firewall'));
    }
    await Promise.all([...hosts.values()].map((host) => host.online()));
    const pin = fleet.pin().slice(0, 12);
    screen.state('ok', `hosts          ${HOSTS.join(', ')}: agents of commit ${pin}, started again whenever they exit`);
    return {
      usesNix,
      fleet,
      coordinator,
      api,
      host(name) {
        const host = hosts.get(name);
        if (!host) throw new Error(`the stage has no host ${name}`);
        return host;
      },
      shorten: (text) => text.replaceAll(fleet.dir, '…').replace(STORE_HASH, '$1…'),
    };
  }

  return {
    open(): Promise<Stage> {
      opening = open();
      return opening;
    },
    /** Reports how many processes were left when both programs had stopped, and had to be killed. */
    async close(): Promise<number> {
      await opening?.catch(() => {});
      await Promise.all([...hosts.values()].map(({ agent }) => agent.stop()));
      await coordinator?.stop();
      clearInterval(firewall);
      await network?.close();
      const left = await clearFolder(dir);
      return left.length;
    },
  };
}

function obey(network: TestProxy, file: string): NodeJS.Timeout {
  let isClosed = false;
  return setInterval(() => {
    if (existsSync(file) === isClosed) return;
    isClosed = !isClosed;
    if (isClosed) network.down();
    else network.up();
  }, FIREWALL_LOOK_MS);
}
