import { createMemo, createSignal, Show } from 'solid-js';
import { placeWords, rolloutLook } from '../../../shared/looks/rollout-look.ts';
import { nameFirst } from '../../../shared/model/actor.ts';
import { isActiveRollout, RECENT_ROLLOUTS, type RolloutSummary } from '../../../shared/model/rollout.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { rolloutPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/basics/badge.tsx';
import { Empty } from '../parts/basics/empty.tsx';
import { Icon } from '../parts/basics/icon.tsx';
import { When } from '../parts/basics/time.tsx';
import { createSteady } from '../parts/list/steady.ts';
import { SteadyRows } from '../parts/list/steady-rows.tsx';
import { PolicyList } from '../parts/rollout/policy-list.tsx';
import { QuarantineList } from '../parts/rollout/quarantine-list.tsx';
import { StandingBar } from '../parts/rollout/standing-bar.tsx';

const PAGE = '20';
const ROW_PX = 52;
const CARD_PX = 136;

/** Every rollout: active ones first, then the others, newest first; and quarantined commits. */
export function Rollouts() {
  const { live, may } = useApp();
  const [older, setOlder] = createSignal<RolloutSummary[]>([]);
  const [hasMore, setMore] = createSignal(true);
  const all = createMemo<RolloutSummary[]>(() => {
    const told = live.rollouts();
    const known = new Set(told.map(({ id }) => id));
    const rest = [...told, ...older().filter(({ id }) => !known.has(id))];
    const [active, ended] = [true, false].map((is) => rest.filter(({ status }) => isActiveRollout(status) === is));
    return [...(active ?? []), ...(ended ?? [])];
  });
  const steady = createSteady(all, ({ id }) => id);

  async function loadOlder(): Promise<void> {
    const oldest = all()
      .map(({ id }) => id)
      .sort()[0];
    const answer = await api.rollouts({ limit: PAGE, ...(oldest !== undefined && { before: oldest }) });
    if (!answer.ok) return tell('error', answer.detail);
    setOlder((known) => [...known, ...answer.body.items]);
    setMore(answer.body.next !== null);
  }

  return (
    <>
      <header class="page-head">
        <div>
          <h1>Rollouts</h1>
          <p class="quiet">A change goes out in waves, and stops by itself where it fails.</p>
        </div>
        <Show when={may('operator')}>
          <div class="actions">
            <a class="button primary" href={href('/rollouts/new')}>
              <Icon name="plus" />
              New rollout
            </a>
          </div>
        </Show>
      </header>
      <QuarantineList />
      <PolicyList />
      <Show
        when={steady.keys().length > 0}
        fallback={
          <Show when={live.isKnown()}>
            <Empty title="No rollouts yet">
              <p>A rollout runs an op on a few hosts first, and goes on only where they stay well.</p>
            </Empty>
          </Show>
        }
      >
        <SteadyRows
          steady={steady}
          label="Rollouts"
          name="rollouts"
          rowPx={ROW_PX}
          cardPx={CARD_PX}
          head={
            <>
              <span role="columnheader">Status</span>
              <span role="columnheader">Rollout</span>
              <span role="columnheader">Hosts</span>
              <span role="columnheader">What it says</span>
              <span role="columnheader">Made</span>
            </>
          }
        >
          {(rollout) => (
            <>
              <span role="cell" class="r-status">
                <Badge look={rolloutLook(rollout())} />
              </span>
              <span role="cell" class="r-host">
                <a class="strong cut" href={rolloutPath(rollout().id)}>
                  {rollout().name}
                </a>
              </span>
              <span role="cell" class="r-standing">
                <StandingBar counts={rollout().counts} />
              </span>
              <span role="cell" class="r-says">
                <span class="two-lines">{rollout().reason?.message ?? placeWords(rollout(), live.now())}</span>
              </span>
              <span role="cell" class="r-when">
                <When at={rollout().createdAt} />
                <span class="quiet"> · {nameFirst(rollout().createdBy, rollout().createdByName)}</span>
              </span>
            </>
          )}
        </SteadyRows>
      </Show>
      <Show when={hasMore() && live.rollouts().length >= RECENT_ROLLOUTS}>
        <button type="button" class="button" onClick={() => void loadOlder()}>
          Older
        </button>
      </Show>
    </>
  );
}
