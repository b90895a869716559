import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SwitchyardError } from '../../shared/api/errors.ts';
import { problemOf } from '../../shared/api/problem.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { LEADER_HEADER } from '../../shared/wire/protocol.ts';

/** Answers refused upgrades in plain HTTP, as the API does, and closes their sockets. */
export type UpgradeRefuser = {
  refuse(socket: Duplex, refusal: SwitchyardError): void;
  /** Cuts the sockets that are still open. */
  close(): void;
};

/** Time for the client to read the answer, which an immediate cut could lose. */
const LEAVE_MS = 2_000;

export function createUpgradeRefuser(clock: Clock): UpgradeRefuser {
  const leaving = new Set<Duplex>();
  return {
    refuse(socket, refusal) {
      leaving.add(socket);
      const cut = clock.setTimeout(() => socket.destroy(), LEAVE_MS);
      socket.once('close', () => {
        clock.clearTimeout(cut);
        leaving.delete(socket);
      });
      // An error means that the client left before the answer reached it. Its data is read only to see its end.
      socket.on('error', () => {});
      socket.once('end', () => socket.destroy());
      socket.resume();
      socket.end(answerOf(refusal));
    },
    close() {
      for (const socket of leaving) socket.destroy();
    },
  };
}

function answerOf(refusal: SwitchyardError): string {
  const { code, leader, status } = refusal;
  const body = JSON.stringify(problemOf(refusal));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(code === 'unauthorized' ? ['www-authenticate: Bearer'] : []),
    ...(leader ? [`${LEADER_HEADER}: known`] : []),
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
