import { connect } from 'node:net';
import { request } from '../../shared/network/request.ts';
import type { Witness } from '../config/witness.ts';

/** Whether a witness answers before `signal` aborts: a URL by any HTTP response, a port by accepting the connection. */
export async function someAnswers(witnesses: readonly Witness[], signal: AbortSignal): Promise<boolean> {
  try {
    await Promise.any(witnesses.map((witness) => ask(witness, signal)));
    return true;
  } catch {
    return false;
  }
}

async function ask(witness: Witness, signal: AbortSignal): Promise<void> {
  if ('url' in witness) {
    const answer = await request(witness.url, { method: 'HEAD', signal });
    await answer.body?.cancel();
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: witness.host, port: witness.port, signal });
    socket.on('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
