import { type Accessor, createMemo, createRoot, createSignal } from 'solid-js';
import type { FeedChange, FeedFrame } from '../../../shared/feed/frames.ts';
import { type FeedModel, newFeedModel, serverTime } from '../../../shared/feed/model.ts';
import type { RolloutHostChange } from '../../../shared/feed/rollout-news.ts';
import { openFeed } from '../feed/feed-socket.ts';
import { createLiveState, type LiveState } from './live-state.ts';
import { draw } from './still.ts';

/** The live state as signals, and what keeps it live. */
export type Live = LiveState & {
  link: Accessor<FeedModel['link']>;
  /** Where the leader is, while the coordinator of this page stands by; null if unknown. */
  leader: Accessor<string | null>;
  /** When the last frame came, by the coordinator's clock. */
  heardAt: Accessor<number>;
  /** The coordinator's time, once a second. */
  now: Accessor<number>;
  /** Reports changes of its hosts' standings, and each whole state, which may follow missed changes. Returns a function that stops it. */
  watchRollout(id: string, ears: RolloutEars): () => void;
  /** Follows the output from `offset` on. Returns a function that stops it. */
  follow(commandId: string, offset: () => number, onOutput: (frame: OutputFrame) => void): () => void;
  close(): void;
};

export type RolloutEars = { hosts(changes: RolloutHostChange[]): void; missed(): void };

export type OutputFrame = Extract<FeedFrame, { type: 'output' }>;

/** `whyLost` asks why a connection failed, which a browser does not say, and resolves to the leader if this coordinator stands by. */
export function openLive(whyLost: () => Promise<string | null>): Live {
  return createRoot((dispose) => {
    const [model, setModel] = createSignal(newFeedModel(), { equals: false });
    const [leader, setLeader] = createSignal<string | null>(null);
    const [now, setNow] = createSignal(Date.now());
    const followed = new Map<string, { offset: () => number; onOutput: (frame: OutputFrame) => void }>();
    const watched = new Map<string, RolloutEars>();
    const state = createMemo(() => model().state, null, { equals: false });

    const subscribe = (commandId: string, offset: number) => feed.send({ type: 'subscribe_output', commandId, offset });
    const tellTime = () => setNow((known) => serverTime(model(), performance.now()) ?? known);
    /** The newest model that is not drawn yet. */
    let undrawn: FeedModel | null = null;
    function show(next: FeedModel): void {
      const isDue = undrawn !== null;
      undrawn = next;
      if (isDue) return;
      draw(() => {
        const newest = undrawn ?? next;
        undrawn = null;
        const isFirst = model().clock === null && newest.clock !== null;
        setModel(newest);
        if (isFirst) tellTime();
      });
    }

    const feed = openFeed({
      model: show,
      frame(frame, news) {
        if (frame.type === 'output') followed.get(frame.commandId)?.onOutput(frame);
        else if (news === 'whole') for (const ears of watched.values()) ears.missed();
        else if (frame.type === 'delta' && news === 'changes')
          for (const [id, ears] of watched) {
            const isOfIt = (change: FeedChange): change is RolloutHostChange =>
              change.type === 'rollout_host' && change.rolloutId === id;
            const changes = frame.changes.filter(isOfIt);
            if (changes.length > 0) ears.hosts(changes);
          }
      },
      opened() {
        setLeader(null);
        for (const [commandId, { offset }] of followed) subscribe(commandId, offset());
      },
      lost({ isRefused }, failures) {
        if (isRefused || failures > 0)
          void whyLost().then((known) => setLeader(model().link === 'lost' ? known : null));
      },
    });
    const telling = setInterval(() => draw(tellTime), 1_000);

    return {
      link: createMemo(() => model().link),
      leader,
      heardAt: createMemo(() => serverTime(model(), model().heardAt) ?? 0),
      now,
      ...createLiveState(state),
      watchRollout(id, ears) {
        watched.set(id, ears);
        return () => watched.delete(id);
      },
      follow(commandId, offset, onOutput) {
        followed.set(commandId, { offset, onOutput });
        subscribe(commandId, offset());
        return () => {
          followed.delete(commandId);
          feed.send({ type: 'unsubscribe_output', commandId });
        };
      },
      close() {
        clearInterval(telling);
        feed.close();
        dispose();
      },
    };
  });
}
