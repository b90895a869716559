import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import { newCommandId, newId } from '../../shared/ids.ts';
import type { Report } from '../../shared/model/report.ts';
import { decodeAgentFrame } from '../../shared/wire/codec.ts';
import type { CommandExited, CoordinatorFrame, Hello } from '../../shared/wire/protocol.ts';

/** A coordinator of one host that says what a test says, and decides nothing by itself. */
export type BareCoordinator = {
  readonly port: number;
  readonly hellos: readonly Hello[];
  isOnline(): boolean;
  say(frame: CoordinatorFrame): void;
  /** Sends a command; its id. */
  run(op: string, options?: Record<string, unknown>): string;
  rollback(options?: Record<string, unknown>): string;
  report(): Report;
  /** Resolves once a report shows it. */
  shows(what: string, when: (report: Report) => boolean): Promise<Report>;
  exited(id: string): Promise<CommandExited>;
  stop(): void;
};

export async function startBareCoordinator(features: readonly string[] = ['guard']): Promise<BareCoordinator> {
  const server = new WebSocketServer({ port: 0 });
  await once(server, 'listening');
  const hellos: Hello[] = [];
  const exits: CommandExited[] = [];
  let latest: Report | null = null;
  let present: WebSocket | null = null;
  /** Sent again at each welcome, as docs/protocol.md section 2, rule 4, has it. */
  let pending: CoordinatorFrame | null = null;
  const say = (frame: CoordinatorFrame) => present?.send(JSON.stringify(frame));

  function take(data: Buffer): void {
    const decoded = decodeAgentFrame(data.toString());
    if (decoded.kind !== 'frame') throw new Error(JSON.stringify(decoded));
    const { type, payload } = decoded.frame;
    if (type === 'hello') {
      hellos.push(payload);
      latest = payload.report;
      const output = payload.commands.map(({ id, outputBytes }) => ({ id, offset: outputBytes }));
      const welcome = { hostId: newId(), serverTime: Date.now(), output, finished: [], features: [...features] };
      say({ type: 'welcome', payload: welcome });
      if (pending) say(pending);
    }
    if (type === 'command.accepted') pending = null;
    if (type === 'heartbeat') latest = payload.report;
    if (type === 'command.exited') {
      exits.push(payload);
      say({ type: 'command.exited.ack', payload: { id: payload.id } });
    }
  }
  server.on('connection', (socket: WebSocket) => {
    present = socket;
    socket.on('message', (data: Buffer, isBinary) => isBinary || take(data));
    socket.on('close', () => {
      if (present === socket) present = null;
    });
  });

  const coordinator: BareCoordinator = {
    port: (server.address() as AddressInfo).port,
    hellos,
    isOnline: () => present !== null && hellos.length > 0,
    say,
    run(op, options = {}) {
      const id = newCommandId();
      const notAfter = Date.now() + 60_000;
      pending = { type: 'command.run', payload: { id, op, options, killGraceMs: 1_000, notAfter } };
      say(pending);
      return id;
    },
    rollback: (options) => coordinator.run('rollback', options),
    report() {
      if (!latest) throw new Error('nothing was reported');
      return latest;
    },
    shows: (what, when) =>
      waitFor(
        what,
        () => latest,
        (report) => report !== null && when(report),
      ) as Promise<Report>,
    exited: (id) => waitFor('the exit', () => exits.find((exit) => exit.id === id)) as Promise<CommandExited>,
    stop() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
  return coordinator;
}
