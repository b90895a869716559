import { createMemo, createSignal, onCleanup } from 'solid-js';
import type { Rollout, RolloutHost } from '../../../shared/rollout.ts';
import { api } from './api.ts';
import { useLive } from './context.ts';
import type { RolloutHostChange } from './live.ts';
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
      if (answer.ok) setHosts(withChanges(new Map(answer.body.hosts.map((host) => [host.hostId, host])), sinceAsked));
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
          setHosts((known) => withChanges(new Map(known), taken));
        });
      },
      missed: () => setMisses((n) => n + 1),
    }),
  );

  /** The newest record, with the hosts of each wave. */
  const rollout = createMemo<Rollout | undefined>(() => {
    const asked = remote.body();
    const told = summary();
    if (!asked || !told || told.rev < asked.rev) return asked;
    return { ...told, waves: told.waves.map((wave, at) => ({ ...wave, hosts: asked.waves[at]?.hosts ?? [] })) };
  });

  return {
    rollout,
    hosts,
    history: () => remote.body()?.history ?? [],
    fault: remote.fault,
  };
}

function withChanges(hosts: Map<string, RolloutHost>, changes: readonly RolloutHostChange[]): Map<string, RolloutHost> {
  for (const { type: _, rolloutId: _rollout, ...change } of changes) {
    const known = hosts.get(change.hostId);
    if (known) hosts.set(change.hostId, { ...known, ...change });
  }
  return hosts;
}
