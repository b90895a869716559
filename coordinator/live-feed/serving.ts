import { CLOSE } from '../../shared/wire/protocol.ts';
import type { Log } from '../config/log.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { LiveFeedClient } from './client.ts';
import { answerRequest, type LiveFeedRequestsDeps } from './requests.ts';

export type ServingEars = {
  /** The client has sent something. */
  heard(): void;
  /** Its socket has closed. */
  left(): void;
};

/** Answers a client's requests, one after the other, until it leaves. */
export function serveClient(
  deps: LiveFeedRequestsDeps & { log: Log },
  client: LiveFeedClient,
  ears: ServingEars,
): void {
  const { log } = deps;
  const { socket } = client;
  let asking: Read<void>;
  const fail = (err: unknown) => {
    log.error({ err }, 'a request of the live feed could not be dealt with');
    socket.close(CLOSE.internalError, 'a request could not be answered');
  };
  socket.on('pong', ears.heard);
  socket.on('message', (data, isBinary) => {
    ears.heard();
    if (socket.readyState !== socket.OPEN) return;
    try {
      asking = whenRead(asking, () => answerRequest(deps, client, isBinary ? null : String(data)));
      if (asking instanceof Promise) asking = asking.catch(fail);
    } catch (err) {
      fail(err);
    }
  });
  socket.on('error', (error) => log.debug({ reason: error.message }, 'a connection of the live feed failed'));
  socket.on('close', () => {
    ears.left();
    for (const output of client.outputs.values()) output.close();
    client.closed();
  });
}
