import { createMemo, createSignal, For, Show } from 'solid-js';
import { STANDING_LOOKS } from '../../../../shared/looks/rollout-look.ts';
import { type RolloutHost, STANDINGS } from '../../../../shared/model/rollout.ts';
import { commandPath, hostPath, navigate } from '../../app/router.ts';
import { CELL, columnsOf, dotAt, dotPaths, rowsOf } from '../../words/wave-dots.ts';

/** A wave's hosts as dots. The dot under the pointer is named below, and a click opens it; the list of hosts serves the keyboard. */
export function WaveDots(props: { hosts: readonly RolloutHost[]; label: string }) {
  let drawing!: SVGSVGElement;
  const [at, setAt] = createSignal<number | null>(null);
  const paths = createMemo(() => dotPaths(props.hosts.map(({ standing }) => standing)));
  const width = () => columnsOf(props.hosts.length) * CELL;
  const height = () => rowsOf(props.hosts.length) * CELL;
  const pointed = () => props.hosts[at() ?? -1];

  function hostAt({ clientX, clientY }: MouseEvent): number | null {
    const box = drawing.getBoundingClientRect();
    return dotAt((clientX - box.left) / box.width, (clientY - box.top) / box.height, props.hosts.length);
  }

  function open(event: MouseEvent): void {
    const host = props.hosts[hostAt(event) ?? -1];
    if (host) navigate(host.commandId === null ? hostPath(host.host) : commandPath(host.commandId));
  }

  return (
    <div class="wave-dots">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the list of hosts below has the same links for keys */}
      <svg
        ref={drawing}
        role="img"
        aria-label={props.label}
        viewBox={`0 0 ${width()} ${height()}`}
        data-points={at() === null ? undefined : ''}
        onPointerMove={(event) => setAt(hostAt(event))}
        onPointerLeave={() => setAt(null)}
        onClick={open}
      >
        <For each={STANDINGS}>
          {(standing) => (
            <Show when={paths()[standing]}>
              {(path) => <path class={`dot-${standing}`} data-tone={STANDING_LOOKS[standing].tone} d={path()} />}
            </Show>
          )}
        </For>
        <Show when={paths().half}>{(path) => <path class="dot-half" data-tone="working" d={path()} />}</Show>
      </svg>
      <p class="pointed cut" aria-hidden="true">
        <Show when={pointed()} fallback={'\u00a0'}>
          {(host) => (
            <>
              <span class="strong">{host().host}</span> {STANDING_LOOKS[host().standing].word}
              {host().code === null ? '' : `: ${host().code}`}
            </>
          )}
        </Show>
      </p>
    </div>
  );
}
