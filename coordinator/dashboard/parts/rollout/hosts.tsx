import { createMemo, For, Show } from 'solid-js';
import { STANDING_LOOKS } from '../../../../shared/looks/rollout-look.ts';
import { type Rollout, type RolloutHost, STANDINGS } from '../../../../shared/model/rollout.ts';
import { commandPath, hostPath, query, setQuery } from '../../app/router.ts';
import { count } from '../../words/duration.ts';
import { Badge } from '../basics/badge.tsx';
import { Icon } from '../basics/icon.tsx';
import { createSteady } from '../list/steady.ts';
import { SteadyRows } from '../list/steady-rows.tsx';

const ROW_PX = 36;
const CARD_PX = 84;

/** Failures first, then those under way; within each, wave after wave. */
const URGENCY: readonly RolloutHost['standing'][] = ['failed', 'running', 'deferred', 'waiting', 'skipped', 'proven'];

/** Every host of a rollout as a row, filtered by standing. The counts are the legend of the dots. */
export function RolloutHosts(props: { rollout: Rollout; hosts: ReadonlyMap<string, RolloutHost> }) {
  const chosen = () => STANDINGS.find((one) => one === query('standing')) ?? null;
  const wanted = createMemo(() =>
    [...props.hosts.values()]
      .filter(({ standing }) => chosen() === null || standing === chosen())
      .sort((one, other) => URGENCY.indexOf(one.standing) - URGENCY.indexOf(other.standing) || one.wave - other.wave),
  );
  const steady = createSteady(
    wanted,
    ({ hostId }) => hostId,
    () => [...props.hosts.values()],
  );
  const step = ({ step }: RolloutHost): string =>
    step === null
      ? ''
      : `${props.rollout.steps[step]?.op ?? ''}${props.rollout.steps.length > 1 ? ` (${step + 1} of ${props.rollout.steps.length})` : ''}`;
  const choose = (standing: string) => {
    setQuery({ standing });
    steady.release();
  };
  return (
    <section aria-labelledby="hosts-title">
      <h2 id="hosts-title">Hosts</h2>
      <div class="counts" role="group" aria-label="Filter by standing">
        <button type="button" class="count" aria-pressed={chosen() === null} onClick={() => choose('')}>
          <span class="num strong">{count(props.hosts.size)}</span> All
        </button>
        <For each={STANDINGS}>
          {(standing) => (
            <Show when={props.rollout.counts[standing] > 0 || chosen() === standing}>
              <button
                type="button"
                class="count"
                data-tone={STANDING_LOOKS[standing].tone}
                aria-pressed={chosen() === standing}
                onClick={() => choose(chosen() === standing ? '' : standing)}
              >
                <Icon name={STANDING_LOOKS[standing].shape} />
                <span class="num strong">{count(props.rollout.counts[standing])}</span> {STANDING_LOOKS[standing].word}
              </button>
            </Show>
          )}
        </For>
      </div>

      <SteadyRows
        steady={steady}
        label="Hosts of the rollout"
        name="rollout-hosts"
        rowPx={ROW_PX}
        cardPx={CARD_PX}
        head={
          <>
            <span role="columnheader">Standing</span>
            <span role="columnheader">Host</span>
            <span role="columnheader">Wave</span>
            <span role="columnheader">Step</span>
            <span role="columnheader">Reason</span>
          </>
        }
      >
        {(host) => (
          <>
            <span role="cell" class="r-status">
              <Show when={host().commandId} fallback={<Badge look={STANDING_LOOKS[host().standing]} />}>
                {(id) => (
                  <a href={commandPath(id())} aria-label={`${host().standing}: the command on ${host().host}`}>
                    <Badge look={STANDING_LOOKS[host().standing]} />
                  </a>
                )}
              </Show>
            </span>
            <span role="cell" class="r-host">
              <a class="strong cut" href={hostPath(host().host)} title={host().host}>
                {host().host}
              </a>
            </span>
            <span role="cell" class="r-wave quiet cut">
              {props.rollout.waves[host().wave]?.name}
            </span>
            <span role="cell" class="r-step cut">
              {step(host())}
            </span>
            <span role="cell" class="r-code cut">
              {host().code ?? ''}
            </span>
          </>
        )}
      </SteadyRows>
    </section>
  );
}
