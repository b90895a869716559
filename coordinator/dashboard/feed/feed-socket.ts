import { type FeedEvents, type FeedLoop, type FeedWire, keepFeed } from '../../../shared/feed/loop.ts';
import type { Clock } from '../../../shared/time/clock.ts';
import { href } from './root.ts';

/** CLOSE.tokenRevoked of shared/wire/protocol.ts; a page has no use for its schemas. */
const SIGNED_OUT = 4401;

const clock: Pick<Clock, 'monotonic' | 'setTimeout' | 'clearTimeout'> = {
  monotonic: () => performance.now(),
  setTimeout: (run, delayMs) => ({ id: window.setTimeout(run, delayMs) }),
  clearTimeout: (handle) => handle && window.clearTimeout((handle as { id: number }).id),
};

/** The live feed over a browser's socket. */
export const openFeed = (events: FeedEvents): FeedLoop =>
  keepFeed({
    clock,
    events,
    connect(query, ears): FeedWire {
      const url = new URL(href(`/ws/dashboard${query}`), location.href);
      url.protocol = url.protocol.replace('http', 'ws');
      const socket = new WebSocket(url);
      socket.onopen = ears.opened;
      socket.onmessage = ({ data }) => ears.message(String(data));
      socket.onclose = ({ code }) => ears.ended({ reason: `closed with code ${code}`, isRefused: code === SIGNED_OUT });
      return {
        send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
        close: () => socket.close(),
      };
    },
  });
