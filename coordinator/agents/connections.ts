import type { AgentSocket } from './agent-socket.ts';
import type { Connection } from './connection.ts';

/** The open connections, and the debts of hosts without one: a reconnect resets no debt. */
export type Connections = {
  /** Oldest first. */
  ofHost(hostId: string): readonly Connection[];
  all(): Iterable<Connection>;
  /** How many hosts have connections. */
  hosts(): number;
  add(connection: Connection): void;
  /** Keeps the connection's `busyUntil` as its host's debt. */
  remove(connection: Connection): void;
  /** The `busyUntil` of the host's next connection. */
  debtOf(hostId: string): number;
  /** Drops the debts that are over; call it now and then. */
  dropDebts(now: number): void;
};

export function createConnections(): Connections {
  /** A list only where there are several: nearly every host has one. */
  const byHost = new Map<string, Connection | readonly Connection[]>();
  const debts = new Map<string, number>();

  const ofHost = (hostId: string): readonly Connection[] => [byHost.get(hostId) ?? []].flat();
  const putHost = (hostId: string, all: readonly Connection[]): void => {
    const [first, second] = all;
    if (first) byHost.set(hostId, second ? all : first);
    else byHost.delete(hostId);
  };

  return {
    ofHost,
    all: () => [...byHost.values()].flat(),
    hosts: () => byHost.size,
    add(connection) {
      const { hostId, socket } = connection;
      (socket as AgentSocket).connection = connection;
      putHost(hostId, [...ofHost(hostId), connection]);
    },
    remove(connection) {
      const { hostId, socket, busyUntil } = connection;
      (socket as AgentSocket).connection = null;
      putHost(
        hostId,
        ofHost(hostId).filter((other) => other !== connection),
      );
      debts.set(hostId, Math.max(busyUntil, debts.get(hostId) ?? 0));
    },
    debtOf: (hostId) => debts.get(hostId) ?? 0,
    dropDebts(now) {
      for (const [hostId, busyUntil] of debts) if (busyUntil <= now) debts.delete(hostId);
    },
  };
}
