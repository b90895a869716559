import { test } from 'uvu';
import type { CommandView } from '../../shared/api/resources.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { atOnce } from '../harness/at-once.ts';
import { type System, startSystem } from '../harness/system.ts';
import { type AgentHost, startAgentHost } from './guarded-host.ts';

/** Runs the real coordinator, a real agent and its real guard. The record must say on which system the host ended. */

/** One host of one coordinator. */
export type RealScene = { system: System; host: AgentHost; name: string };

let shared: System;
test.before(async () => {
  shared = await startSystem();
});
test.after(() => shared.close());

/** The tests mostly wait for their own hosts, so many run at once. */
const together = atOnce(test, 8);
let hosts = 0;

/** Declares a test with a host of its own, on the suite's system or on that of `systemOf`. */
export const guarded = (
  title: string,
  body: (scene: RealScene) => Promise<void>,
  systemOf: () => System = () => shared,
): void =>
  together(title, async () => {
    const system = systemOf();
    hosts += 1;
    const name = `web${hosts}`;
    const { token } = await system.api.addHost(name);
    const host = await startAgentHost({ url: system.coordinator.address.replace('http', 'ws'), token });
    try {
      await waitFor('the agent', async () => (await system.api.host(name)).online);
      await body({ system, host, name });
    } catch (error) {
      console.log(title, host.agentLog().slice(-4_000), host.log());
      throw error;
    } finally {
      await host.close();
    }
  });

export const dispatch = ({ system, name }: RealScene, options = {}) => system.dispatch('rollback', name, { options });
export const ended = ({ system }: RealScene, id: string): Promise<CommandView> =>
  system.command(id, ({ finishedAt }) => finishedAt !== null);
export const endOf = ({ status, code }: CommandView) => [status, code];
export const isOnTrial = ({ system, name }: RealScene, id: string) =>
  waitFor(
    'the trial',
    async () => (await system.api.host(name)).report?.guard,
    (guard) => guard?.commandId === id && guard.state === 'activated',
  );
