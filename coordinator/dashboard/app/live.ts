import { type Accessor, createMemo, createRoot, createSignal } from 'solid-js';
import { type AttentionItem, type HostAttention, isAboutHost } from '../../../shared/attention.ts';
import type { Command } from '../../../shared/command.ts';
import type { Event } from '../../../shared/event.ts';
import type { FeedChange, FeedFrame } from '../../../shared/feed/frames.ts';
import { type FeedModel, newFeedModel, serverTime } from '../../../shared/feed/model.ts';
import type { RolloutHostChange } from '../../../shared/feed/rollout-news.ts';
import type { Host } from '../../../shared/host.ts';
import { untrackedOn } from '../../../shared/host-look.ts';
import { type Need, needsOf } from '../../../shared/needs.ts';
import type { RunningCommand } from '../../../shared/report.ts';
import type { RolloutSummary } from '../../../shared/rollout.ts';
import type { Target } from '../../../shared/target.ts';
import { openFeed } from '../feed/feed-socket.ts';
import { draw } from './still.ts';

/**
 * The live state as signals. The model changes in place: readers of a host or a command look again after each change, and go on
 * only if the value differs.
 */
export type Live = {
  link: Accessor<FeedModel['link']>;
  /** When the last frame came, by the coordinator's clock. */
  heardAt: Accessor<number>;
  /** False before the first state. */
  isKnown: Accessor<boolean>;
  /** The coordinator's time, once a second. */
  now: Accessor<number>;
  /** All hosts by name. */
  hosts: Accessor<Host[]>;
  host(idOrName: string): Host | undefined;
  command(id: string): Command | undefined;
  latest(hostId: string): Command | undefined;
  /** Active commands, and each host's latest. */
  commands(): Command[];
  /** The untracked command that still runs on a host. */
  untracked(hostId: string): RunningCommand | null;
  /** The host's queued commands, oldest first. */
  queued(hostId: string): readonly Command[];
  /** Attention items about hosts. */
  attention: Accessor<HostAttention[]>;
  /** Hosts with an attention item. */
  needy: Accessor<ReadonlySet<string>>;
  /** Each host that needs a person, once: hosts awaiting an answer first, then failed ones. */
  needs: Accessor<Need[]>;
  /** Attention items about rollouts. */
  rolloutNeeds: Accessor<AttentionItem[]>;
  /** Attention items about neither a host nor a rollout. */
  otherNeeds: Accessor<AttentionItem[]>;
  /** Number of hosts, rollouts and other things that need a person. */
  waiting: Accessor<number>;
  /** Active rollouts and the last ended ones, newest first. */
  rollouts: Accessor<RolloutSummary[]>;
  rollout(id: string): RolloutSummary | undefined;
  /** Reports changes of its hosts' standings, and each whole state, which may follow missed changes. Returns a function that stops it. */
  watchRollout(id: string, ears: RolloutEars): () => void;
  /** The last events, oldest first. */
  events: Accessor<Event[]>;
  target: Accessor<Target | null>;
  /** Follows the output from `offset` on. Returns a function that stops it. */
  follow(commandId: string, offset: () => number, onOutput: (frame: OutputFrame) => void): () => void;
  close(): void;
};

export type RolloutEars = { hosts(changes: RolloutHostChange[]): void; missed(): void };

export type OutputFrame = Extract<FeedFrame, { type: 'output' }>;

const collator = new Intl.Collator('en', { numeric: true });

export function openLive(onRefused: () => void): Live {
  return createRoot((dispose) => {
    const [model, setModel] = createSignal(newFeedModel(), { equals: false });
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
        for (const [commandId, { offset }] of followed) subscribe(commandId, offset());
      },
      // A browser does not say why a connection failed: the session may have ended.
      lost: ({ isRefused }, failures) => (isRefused || failures > 0) && onRefused(),
    });
    const telling = setInterval(() => draw(tellTime), 1_000);

    const byName = createMemo<Host[]>((before) => {
      const hosts = [...(state()?.hosts.values() ?? [])];
      // The order is kept while the names stay: sorting 5,000 hosts at each change would be felt.
      const isSame =
        hosts.length === before.length && before.every(({ id, name }) => state()?.hosts.get(id)?.name === name);
      return isSame
        ? before.map((host) => state()?.hosts.get(host.id) ?? host)
        : hosts.sort((one, other) => collator.compare(one.name, other.name));
    }, []);
    const ids = createMemo(() => new Map(byName().map(({ id, name }) => [name, id])));
    const queued = createMemo(() => {
      const found = new Map<string, Command[]>();
      for (const command of state()?.commands.values() ?? [])
        if (command.status === 'QUEUED') found.set(command.hostId, [...(found.get(command.hostId) ?? []), command]);
      return found;
    });
    const attention = createMemo(() => (state()?.attention ?? []).filter(isAboutHost));
    const rolloutNeeds = createMemo(() => (state()?.attention ?? []).filter(({ rolloutId }) => rolloutId !== null));
    const otherNeeds = createMemo(() =>
      (state()?.attention ?? []).filter(({ hostId, rolloutId }) => hostId === null && rolloutId === null),
    );
    const latest = (hostId: string): Command | undefined => {
      const id = state()?.latest.get(hostId);
      return id === undefined ? undefined : state()?.commands.get(id);
    };

    const needs = createMemo(() => needsOf({ attention: attention(), hosts: byName(), latest }));

    return {
      link: createMemo(() => model().link),
      heardAt: createMemo(() => serverTime(model(), model().heardAt) ?? 0),
      isKnown: createMemo(() => state() !== null),
      now,
      hosts: byName,
      host: (idOrName) => state()?.hosts.get(idOrName) ?? state()?.hosts.get(ids().get(idOrName) ?? ''),
      command: (id) => state()?.commands.get(id),
      latest,
      commands: () => [...(state()?.commands.values() ?? [])],
      untracked(hostId) {
        const host = state()?.hosts.get(hostId);
        return host ? untrackedOn(host) : null;
      },
      queued: (hostId) => queued().get(hostId) ?? [],
      attention,
      needy: createMemo(() => new Set(attention().map(({ hostId }) => hostId))),
      needs,
      rolloutNeeds,
      otherNeeds,
      waiting: createMemo(() => needs().length + rolloutNeeds().length + otherNeeds().length),
      rollouts: createMemo(() => [...(state()?.rollouts.values() ?? [])].reverse()),
      rollout: (id) => state()?.rollouts.get(id),
      watchRollout(id, ears) {
        watched.set(id, ears);
        return () => watched.delete(id);
      },
      events: createMemo<Event[]>((before) => {
        const events = state()?.events ?? [];
        return events.at(-1) === before.at(-1) && events.length === before.length ? before : [...events];
      }, []),
      target: createMemo(() => state()?.target ?? null),
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
