import { cpSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { builtPrograms } from '../../scripts/built-programs.ts';
import { blockOf, filledIn } from '../harness/page.ts';
import { startWire, type Wire } from '../harness/wire.ts';
import { layMachine } from './booted-host.ts';
import { linkOf, type Machine } from './machine.ts';

const checkout = resolve(import.meta.dirname, '../..');

const PORT = 8080;

/** A machine with a network of its own that runs the coordinator's unit as docs/high-availability.md says. */
export type CoordinatorHost = {
  readonly machine: Machine;
  /** `http://ADDRESS:PORT`, from this side. */
  readonly address: string;
  /** The journal of its coordinator. */
  journal(): Promise<string>;
  /** Boots it, with its link. */
  boot(): Promise<void>;
  close(): Promise<void>;
};

export type CoordinatorHostOptions = {
  name: string;
  /** The number of its link. */
  link: number;
  /** The port of PostgreSQL on this side's loopback. */
  databasePort: number;
  /** The database's URL, given the host and port where the machine reaches it. */
  storeUrl: (at: string) => string;
  token: string;
};

export async function bootCoordinator(options: CoordinatorHostOptions): Promise<CoordinatorHost> {
  const { name, link, databasePort, storeUrl, token } = options;
  const machine = layMachine(name, { isUnplugged: true, link });
  const { outside, inside } = linkOf(link);
  const address = `http://${inside}:${PORT}`;
  let wire: Wire | null = null;
  const lay = (from: string, to: string) => {
    mkdirSync(dirname(machine.path(to)), { recursive: true });
    cpSync(from, machine.path(to));
  };
  const host: CoordinatorHost = {
    machine,
    address,
    journal: () => machine.shell('journalctl --no-pager --output=cat --unit=switchyard-coordinator'),
    async boot() {
      await machine.boot();
      await machine.plugIn();
    },
    async close() {
      await machine.close();
      await wire?.close();
    },
  };
  try {
    lay((await builtPrograms()).coordinator, '/usr/local/lib/switchyard/coordinator.js');
    lay(
      resolve(checkout, 'systemd/switchyard-coordinator.service'),
      '/etc/systemd/system/switchyard-coordinator.service',
    );
    await host.boot();
    const database = await startWire(databasePort, outside);
    wire = database;
    await machine.shell(
      filledIn(blockOf('high-availability.md', '/etc/switchyard/store', 'systemctl enable'), {
        'postgres://switchyard:PASSWORD@db.example.com/switchyard?sslmode=verify-full': storeUrl(
          `${outside}:${database.port}`,
        ),
        'ADMIN-TOKEN': token,
        'http://one.example.com:8080': address,
      }),
    );
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}
