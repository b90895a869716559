import type { FeedFrame, FeedRequest } from '../../../shared/feed-frames.ts';
import { type FeedInput, type FeedModel, feedQuery, newFeedModel, reduceFeed, STALL_MS } from './feed-model.ts';
import { href } from './root.ts';

export type FeedSocketDeps = {
  /** Called after every change of the model. */
  onModel: (model: FeedModel) => void;
  onOutput: (frame: Extract<FeedFrame, { type: 'output' }>) => void;
  /** A connection is there: what was subscribed to before is to be subscribed to again. */
  onOpened: () => void;
  /** The session has ended, or perhaps it has: connections fail again and again. */
  onRefused: () => void;
};

export type FeedSocket = {
  send(request: FeedRequest): void;
  close(): void;
};

/** CLOSE.tokenRevoked of shared/protocol.ts, whose schemas a page has no use for. */
const SIGNED_OUT = 4401;
const TICK_MS = 1_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
/** What swallowed the old connection may swallow the new one too: it has to open in this time, and then to say something. */
const OPENING_MS = 10_000;

/** Keeps a connection to the live feed, and the model of what came over it. */
export function openFeed({ onModel, onOutput, onOpened, onRefused }: FeedSocketDeps): FeedSocket {
  let model = newFeedModel();
  let socket: WebSocket | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function take(input: FeedInput): void {
    const { model: next, effect } = reduceFeed(model, input);
    const changed = next !== model;
    model = next;
    if (changed) onModel(model);
    if (effect === 'ask_state') send({ type: 'get_state' });
    if (effect === 'reconnect') reconnect();
  }

  function send(request: FeedRequest): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
  }

  function connect(): void {
    const url = new URL(href(`/ws/dashboard${feedQuery(model)}`), location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const opened = new WebSocket(url);
    socket = opened;
    // A connection that was given up may still speak.
    const isCurrent = () => socket === opened;
    const lost = () => isCurrent() && take({ type: 'closed', at: performance.now() });
    let patience = setTimeout(lost, OPENING_MS);
    opened.onopen = () => {
      clearTimeout(patience);
      patience = setTimeout(lost, STALL_MS);
      if (!isCurrent()) return;
      failures = 0;
      take({ type: 'opened', at: performance.now() });
      onOpened();
    };
    opened.onmessage = ({ data }) => {
      clearTimeout(patience);
      if (!isCurrent()) return;
      const frame = JSON.parse(data) as FeedFrame;
      take({ type: 'frame', frame, at: performance.now() });
      if (frame.type === 'output') onOutput(frame);
    };
    opened.onclose = ({ code }) => {
      clearTimeout(patience);
      if (isCurrent() && code === SIGNED_OUT) onRefused();
      lost();
    };
  }

  function reconnect(): void {
    socket?.close();
    socket = null;
    if (failures > 0) onRefused();
    clearTimeout(retry);
    retry = setTimeout(connect, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
    failures += 1;
  }

  const ticking = setInterval(() => take({ type: 'tick', at: performance.now() }), TICK_MS);
  connect();
  return {
    send,
    close() {
      clearInterval(ticking);
      clearTimeout(retry);
      const last = socket;
      socket = null;
      last?.close();
    },
  };
}
