import { createMemo, createSignal, onCleanup } from 'solid-js';
import { newestRollout, type RolloutHostChange, withHostChanges } from '../../../shared/feed/rollout-news.ts';
import type { Rollout, RolloutHost } from '../../../shared/model/rollout.ts';
import { api } from './api.ts';
import { useLive } from './context.ts';
import { createRemote } from './remote.ts';
import { draw } from './still.ts';

/**
 * One rollout with its hosts, kept current.
 *
 * R1 Hosts and waves are requested once, then updated from the feed. They are requested again after missed changes, and after each
 *    change of status, because it extends the history.
 * R2 A change that arrives during a request is also applied to its answer.
 */
export function createRolloutRecord(id: string) {
  const live = useLive();
  const [misses, setMisses] = createSignal(0);
  const [hosts, setHosts] = createSignal<ReadonlyMap<string, RolloutHost>>(new Map());
  const summary = createMemo(() => live.rollout(id));
  let sinceAsked: RolloutHostChange[] = [];

  const remote = createRemote(
    () => `${misses()} ${summary()?.status} ${summary()?.reason?.code}`,
    async () => {
      sinceAsked = [];
      const answer = await api.rollout(id);
      if (answer.ok)
        setHosts(withHostChanges(new Map(answer.body.hosts.map((host) => [host.hostId, host])), sinceAsked));
      return answer;
    },
  );

  /** Changes not drawn yet. */
  let undrawn: RolloutHostChange[] = [];
  onCleanup(
    live.watchRollout(id, {
      hosts(changes) {
        sinceAsked.push(...changes);
        const isDue = undrawn.length > 0;
        undrawn.push(...changes);
        if (isDue) return;
        draw(() => {
          const taken = undrawn;
          undrawn = [];
          setHosts((known) => withHostChanges(known, taken));
        });
      },
      missed: () => setMisses((n) => n + 1),
    }),
  );

  /** The newest record, with the hosts of each wave. */
  const rollout = createMemo<Rollout | undefined>(() => {
    const asked = remote.body();
    return asked && newestRollout<Rollout>(asked, summary());
  });

  return {
    rollout,
    hosts,
    history: () => remote.body()?.history ?? [],
    fault: remote.fault,
  };
}
