import { For, Show } from 'solid-js';
import { STATUS_LOOKS } from '../../../shared/looks/looks.ts';
import { STATUSES } from '../../../shared/model/command.ts';
import { COMPARTMENTS } from '../../../shared/model/host.ts';
import { useApp } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import {
  DENSITIES,
  density,
  notifies,
  setDensity,
  setNotifies,
  setTheme,
  setZone,
  THEMES,
  theme,
  ZONES,
  zone,
} from '../app/prefs.ts';
import { Badge } from '../parts/basics/badge.tsx';
import { HostKeys } from '../parts/settings/host-keys.tsx';
import { Receivers } from '../parts/settings/receivers.tsx';
import { COMPARTMENT_MEANINGS, STATUS_MEANINGS } from '../words/status-meaning.ts';

/** Hosts and their tokens, and this browser's preferences. */
export function Settings() {
  const { signOut, may } = useApp();

  async function choose(wanted: 'on' | 'off'): Promise<void> {
    if (wanted === 'off') return void setNotifies('off');
    const permission = 'Notification' in window ? await Notification.requestPermission() : 'denied';
    if (permission === 'granted') setNotifies('on');
    else tell('error', 'The browser does not allow notifications for this page');
  }

  return (
    <>
      <h1>Settings</h1>
      <Show when={may('admin')}>
        <HostKeys />
      </Show>
      <Receivers />
      <section aria-labelledby="look-title">
        <h2 id="look-title">This browser</h2>
        <div class="settings">
          <Choice label="Theme" words={THEMES} value={theme()} onChoose={setTheme} />
          <Choice label="Rows" words={DENSITIES} value={density()} onChoose={setDensity} />
          <Choice label="Times" words={ZONES} value={zone()} onChoose={setZone} />
          <Choice
            label="Notify what needs me"
            words={['off', 'on'] as const}
            value={notifies()}
            onChoose={(wanted) => void choose(wanted)}
          />
          <button type="button" class="button" onClick={signOut}>
            Sign out
          </button>
        </div>
      </section>
      <section aria-labelledby="shapes-title">
        <h2 id="shapes-title">Statuses of a command</h2>
        <ul class="legend">
          <For each={STATUSES}>
            {(status) => (
              <li>
                <Badge look={STATUS_LOOKS[status]} />
                <span>{STATUS_MEANINGS[status]}</span>
              </li>
            )}
          </For>
        </ul>
      </section>
      <section aria-labelledby="compartments-title">
        <h2 id="compartments-title">Compartments of a host</h2>
        <dl class="facts">
          <For each={COMPARTMENTS}>
            {(name) => (
              <>
                <dt>{name}</dt>
                <dd>{COMPARTMENT_MEANINGS[name]}</dd>
              </>
            )}
          </For>
        </dl>
      </section>
    </>
  );
}

function Choice<const Words extends readonly string[]>(props: {
  label: string;
  words: Words;
  value: Words[number];
  onChoose: (word: Words[number]) => void;
}) {
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <For each={props.words}>
        {(word) => (
          <label>
            <input
              type="radio"
              name={props.label}
              checked={props.value === word}
              onChange={() => props.onChoose(word)}
            />
            <span>{word === 'utc' ? 'UTC' : word}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}
