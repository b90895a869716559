import { WebSocket } from 'ws';
import type { Connection } from './connection.ts';

/** Handlers for the events of agents' sockets. */
export type Heard = {
  message(connection: Connection, data: Buffer, isBinary: boolean): void;
  ping(connection: Connection, data: Buffer): void;
  pong(connection: Connection, data: Buffer): void;
  close(connection: Connection): void;
  /** Null: the connection is closed already. */
  error(connection: Connection | null, error: Error): void;
};

/** Leads to its connection, because a look-up for each of a fleet's frames finds neither in the processor's cache. */
export class AgentSocket extends WebSocket {
  connection: Connection | null = null;
}

/** A class of sockets that call these handlers. Listeners would take 100 bytes more of memory for each idle connection. */
export function agentSocketsFor(heard: Heard): typeof AgentSocket {
  return class extends AgentSocket {
    override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
      const { connection } = this;
      // Without a listener, Node would throw it.
      if (event === 'error') heard.error(connection, first as Error);
      else if (connection && event === 'message') heard.message(connection, first as Buffer, second as boolean);
      else if (connection && event === 'ping') heard.ping(connection, first as Buffer);
      else if (connection && event === 'pong') heard.pong(connection, first as Buffer);
      else {
        if (connection && event === 'close') heard.close(connection);
        return super.emit(event, first, second);
      }
      return true;
    }
  };
}
