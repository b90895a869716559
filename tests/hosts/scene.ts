import { test } from 'uvu';
import { testUnless } from '../../scripts/test-needs.ts';
import { type System, type SystemOptions, startSystem } from '../harness/system.ts';
import { type BootedHost, type BootedHostOptions, bootHost, hostsUnfit } from './booted-host.ts';

export type Scene = {
  readonly system: System;
  /** Boots a host that ends with the scene. */
  addHost(name: string, options?: BootedHostOptions): Promise<BootedHost>;
};

/**
 * One system for all tests of a suite, and its hosts. Returns a function that declares a test: it skips if no host boots, and
 * prints logs and journals if the test fails.
 */
export async function setScene<Hosts>(
  options: SystemOptions & {
    /** Why the suite cannot run here, apart from hosts that cannot boot; null if it can. */
    unfit?: string | null;
    /** Codename of the Debian that its hosts boot; by default this machine's own. */
    release?: string;
  },
  prepare: (scene: Scene) => Promise<Hosts>,
) {
  const { release } = options;
  const unfit = (await hostsUnfit(release)) ?? options.unfit ?? null;
  const declare = testUnless([unfit]);
  const booted: BootedHost[] = [];
  let system: System | null = null;
  let hosts: Hosts | null = null;

  if (!unfit) {
    test.before(async () => {
      const started = await startSystem(options);
      system = started;
      const addHost = async (name: string, more?: BootedHostOptions) => {
        const host = await bootHost(started, name, { ...more, ...(release !== undefined && { release }) });
        booted.push(host);
        return host;
      };
      hosts = await prepare({ system: started, addHost });
    });
    test.after(async () => {
      for (const host of booted) await host.close();
      await system?.close();
    });
  }

  return (title: string, body: (scene: { system: System } & Hosts) => Promise<void>): void =>
    declare(title, async () => {
      if (!system || !hosts) throw new Error('the hosts did not boot');
      try {
        await body({ system, ...hosts });
      } catch (error) {
        console.log(system.logs());
        for (const host of booted) console.log((await host.journal().catch(String)).slice(-6_000));
        throw error;
      }
    });
}
