import { For, Show } from 'solid-js';
import { ROLLOUT_DEFAULTS, type Rollout, type Wave } from '../../../../shared/model/rollout.ts';
import { clockSpan } from '../../../../shared/time/spans.ts';
import { useLive } from '../../app/context.ts';
import { plural } from '../../words/duration.ts';

/** More names help nobody. */
const NAMED = 12;

/** The planned waves and their hosts. */
export function WavePlanList(props: { plan: Rollout }) {
  const live = useLive();
  const all = () => props.plan.waves.flatMap(({ hosts }) => hosts);
  const away = () => all().filter((id) => live.host(id)?.online === false).length;
  const inMaintenance = () => all().filter((id) => live.host(id)?.maintenance).length;
  const atOnce = () => props.plan.plan.maxParallel ?? ROLLOUT_DEFAULTS.maxParallel;
  const names = ({ hosts }: Wave) => {
    const shown = hosts.slice(0, NAMED).map((id) => live.host(id)?.name ?? id);
    return `${shown.join(', ')}${hosts.length > NAMED ? ` and ${hosts.length - NAMED} more` : ''}`;
  };
  return (
    <>
      <ol class="wave-plan">
        <For each={props.plan.waves}>
          {(wave) => (
            <li>
              <span class="strong">{wave.name}</span>
              <span class="num">{plural(wave.hosts.length, 'host')}</span>
              <span class="says">{names(wave)}</span>
              <span class="quiet num">
                {wave.approve ? 'after an approval; ' : ''}
                {wave.soakMs > 0 ? `soaks ${clockSpan(wave.soakMs)}` : 'no soak'}
              </span>
            </li>
          )}
        </For>
      </ol>
      <Show when={props.plan.waves.some(({ hosts }) => hosts.length > atOnce())}>
        <p class="hint">{plural(atOnce(), 'host')} of a wave at once; More changes it.</p>
      </Show>
      <Show when={away() > 0}>
        <p class="hint">
          {plural(away(), 'host is', 'hosts are')} offline now. One that is offline at its turn is passed over, and
          catches up when it is back.
        </p>
      </Show>
      <Show when={inMaintenance() > 0}>
        <p class="hint">{plural(inMaintenance(), 'host is', 'hosts are')} in maintenance, and passed over.</p>
      </Show>
    </>
  );
}
