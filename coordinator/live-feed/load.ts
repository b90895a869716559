import type { AttentionItem } from '../../shared/attention.ts';
import { isActive } from '../../shared/command.ts';
import { SNAPSHOT_EVENTS } from '../../shared/feed/frames.ts';
import { type FeedState, stateFrom } from '../../shared/feed/state.ts';
import type { Target } from '../../shared/target.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostViews } from '../hosts/view.ts';
import type { Store } from '../store/port.ts';

export type LoadStateDeps = {
  store: Pick<Store, 'commands' | 'events'>;
  engine: Pick<Engine, 'allLive'>;
  views: Pick<HostViews, 'all'>;
  attention: () => AttentionItem[];
  target: () => Target;
};

/** All that the live feed shows, as it is now. */
export function loadState({ store, engine, views, attention, target }: LoadStateDeps): FeedState {
  const latest = store.commands.latestPerHost();
  const active = [...engine.allLive()].filter(({ command }) => isActive(command.status));
  return stateFrom({
    hosts: views.all(),
    // What is under way is newer in memory.
    commands: [...latest, ...active].map(({ command }) => command),
    events: store.events.list({ first: 'newest', limit: SNAPSHOT_EVENTS }).items.reverse(),
    attention: attention(),
    target: target(),
  });
}
