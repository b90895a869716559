import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../shared/clock.ts';
import { ERRORS, type SwitchyardError } from '../../shared/errors.ts';

/** Answers upgrades that are refused in plain HTTP, as the API would, and sees to it that their sockets go. */
export type UpgradeRefuser = {
  refuse(socket: Duplex, refusal: SwitchyardError): void;
  /** Cuts those that have not gone yet. */
  close(): void;
};

/** Time to take the answer: one that is cut at once may be lost. */
const LEAVE_MS = 2_000;

export function createUpgradeRefuser(clock: Clock): UpgradeRefuser {
  const leaving = new Set<Duplex>();
  return {
    refuse(socket, { code, message }) {
      leaving.add(socket);
      const cut = clock.setTimeout(() => socket.destroy(), LEAVE_MS);
      socket.once('close', () => {
        clock.clearTimeout(cut);
        leaving.delete(socket);
      });
      // A client that goes before the answer has reached it does not want it; what it sends is read for its end alone.
      socket.on('error', () => {});
      socket.once('end', () => socket.destroy());
      socket.resume();
      socket.end(answerOf(code, message));
    },
    close() {
      for (const socket of leaving) socket.destroy();
    },
  };
}

function answerOf(code: SwitchyardError['code'], detail: string): string {
  const { status, title } = ERRORS[code];
  const body = JSON.stringify({ type: `urn:switchyard:problem:${code}`, title, status, code, detail });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(code === 'unauthorized' ? ['www-authenticate: Bearer'] : []),
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
