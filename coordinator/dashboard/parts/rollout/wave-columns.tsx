import { createMemo, For, Show } from 'solid-js';
import { soakWords, waveLook } from '../../../../shared/looks/rollout-look.ts';
import type { Rollout, RolloutHost, RolloutStatus, Wave } from '../../../../shared/model/rollout.ts';
import { clockSpan } from '../../../../shared/time/spans.ts';
import { useLive } from '../../app/context.ts';
import { plural } from '../../words/duration.ts';
import { Badge } from '../basics/badge.tsx';
import { Icon } from '../basics/icon.tsx';
import { When } from '../basics/time.tsx';
import { WaveDots } from './wave-dots.tsx';

/** The waves of a rollout side by side, in their order; below each other in a narrow window. */
export function WaveColumns(props: { rollout: Rollout; hosts: ReadonlyMap<string, RolloutHost> }) {
  return (
    <section aria-labelledby="waves-title">
      <h2 id="waves-title">Waves</h2>
      <ol class="waves" tabIndex={0} aria-label="Waves">
        <For each={props.rollout.waves.map(({ index }) => index)}>
          {(index) => (
            <Show when={props.rollout.waves[index]}>
              {(wave) => <WaveColumn wave={wave()} hosts={props.hosts} status={props.rollout.status} />}
            </Show>
          )}
        </For>
      </ol>
    </section>
  );
}

function WaveColumn(props: { wave: Wave; hosts: ReadonlyMap<string, RolloutHost>; status: RolloutStatus }) {
  const live = useLive();
  const hosts = createMemo(() => props.wave.hosts.flatMap((id) => props.hosts.get(id) ?? []));
  const countOf = (standing: RolloutHost['standing']) => hosts().filter((host) => host.standing === standing).length;
  const words = () =>
    [
      `${countOf('proven')} of ${plural(props.wave.hosts.length, 'host')} proven`,
      countOf('running') > 0 && `${countOf('running')} running`,
      countOf('failed') > 0 && `${countOf('failed')} failed`,
      countOf('deferred') > 0 && `${countOf('deferred')} deferred`,
    ]
      .filter(Boolean)
      .join(', ');
  const look = () => waveLook(props.wave.status, props.status);
  const soak = () => (props.status === 'RUNNING' ? soakWords(props.wave, live.now()) : '');
  return (
    <li class="wave" data-tone={look().tone} data-status={props.wave.status}>
      <div class="wave-head">
        <span class="strong cut" title={props.wave.name}>
          {props.wave.name}
        </span>
        <Badge look={look()} />
      </div>
      <p class="num wave-words">{words()}</p>
      <p class="quiet num wave-words">
        <Show when={soak() !== ''} fallback={<WaveTime wave={props.wave} />}>
          <span class="soak">
            <Icon name="clock" />
            Soaks, {soak()}
          </span>
        </Show>
      </p>
      <WaveDots hosts={hosts()} label={`${props.wave.name}: ${words()}`} />
    </li>
  );
}

/** When the wave ended or began, or what it waits for. */
function WaveTime(props: { wave: Wave }) {
  const before = () =>
    [
      props.wave.approve && 'waits for an approval',
      props.wave.soakMs > 0 ? `then soaks ${clockSpan(props.wave.soakMs)}` : 'no soak',
    ]
      .filter(Boolean)
      .join(', ');
  return (
    <Show
      when={props.wave.finishedAt}
      fallback={
        <Show when={props.wave.startedAt} fallback={before()}>
          {(at) => (
            <>
              Since <When at={at()} />
            </>
          )}
        </Show>
      }
    >
      {(at) => (
        <>
          Ended <When at={at()} />
        </>
      )}
    </Show>
  );
}
