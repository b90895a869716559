import type { WebSocket } from 'ws';
import type { Connection } from './connection.ts';

/** The open connections, and the debts of hosts without one: a reconnect resets no debt. */
export type Connections = {
  of(socket: WebSocket): Connection | undefined;
  /** Oldest first. */
  ofHost(hostId: string): readonly Connection[];
  all(): Iterable<Connection>;
  add(connection: Connection): void;
  /** Keeps the connection's `busyUntil` as its host's debt. */
  remove(connection: Connection): void;
  /** The `busyUntil` of the host's next connection. */
  debtOf(hostId: string): number;
  /** Drops the debts that are over; call it now and then. */
  dropDebts(now: number): void;
};

export function createConnections(): Connections {
  const bySocket = new Map<WebSocket, Connection>();
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
    of: (socket) => bySocket.get(socket),
    ofHost,
    all: () => bySocket.values(),
    add(connection) {
      const { hostId, socket } = connection;
      bySocket.set(socket, connection);
      putHost(hostId, [...ofHost(hostId), connection]);
    },
    remove(connection) {
      const { hostId, socket, busyUntil } = connection;
      bySocket.delete(socket);
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
