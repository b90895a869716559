import { SNAPSHOT_EVENTS } from '../../shared/feed/frames.ts';
import { type FeedState, stateFrom } from '../../shared/feed/state.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import { isActive } from '../../shared/model/command.ts';
import type { Event } from '../../shared/model/event.ts';
import type { RolloutSummary } from '../../shared/model/rollout.ts';
import type { Target } from '../../shared/model/target.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';

export type LoadStateDeps = {
  store: Pick<Store, 'commands' | 'events'>;
  ledger: Pick<Ledger, 'allCommitted'>;
  views: Pick<HostViews, 'all' | 'prepare'>;
  roster: Pick<Roster, 'all'>;
  attention: () => AttentionItem[];
  target: () => Target;
  rollouts: () => RolloutSummary[];
};

/** Everything that the live feed shows, as it is now. */
export function loadState(deps: LoadStateDeps): Read<FeedState> {
  const { store, views, roster } = deps;
  return whenRead(store.commands.latestPerHost(), (latest) =>
    whenRead(store.events.list({ first: 'newest', limit: SNAPSHOT_EVENTS }), ({ items }) =>
      whenRead(views.prepare(roster.all().map(({ id }) => id)), () => stateOf(deps, latest, items.reverse())),
    ),
  );
}

function stateOf(
  { ledger, views, attention, target, rollouts }: LoadStateDeps,
  latest: readonly CommandRecord[],
  events: Event[],
): FeedState {
  const active = ledger.allCommitted().filter(({ command }) => isActive(command.status));
  return stateFrom({
    hosts: views.all(),
    // For active commands memory is newer.
    commands: [...latest, ...active].map(({ command }) => command),
    events,
    attention: attention(),
    target: target(),
    rollouts: rollouts(),
  });
}
