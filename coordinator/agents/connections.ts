import type { WebSocket } from 'ws';
import type { Connection } from './connection.ts';
import { afterASecond } from './pace.ts';

/** The open connections, and the debts of hosts without one: a reconnect resets no debt. */
export type Connections = {
  of(socket: WebSocket): Connection | undefined;
  /** Oldest first. */
  ofHost(hostId: string): readonly Connection[];
  all(): Iterable<Connection>;
  add(connection: Connection): void;
  /** Keeps the connection's `spent` as its host's debt. */
  remove(connection: Connection): void;
  debtOf(hostId: string): number;
  /** Call it once a second. */
  forgiveDebts(): void;
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
      const { hostId, socket, spent } = connection;
      bySocket.delete(socket);
      putHost(
        hostId,
        ofHost(hostId).filter((other) => other !== connection),
      );
      if (spent > 0) debts.set(hostId, Math.max(spent, debts.get(hostId) ?? 0));
    },
    debtOf: (hostId) => debts.get(hostId) ?? 0,
    forgiveDebts() {
      for (const [hostId, spent] of debts) {
        if (spent > 0) debts.set(hostId, afterASecond(spent));
        else debts.delete(hostId);
      }
    },
  };
}
