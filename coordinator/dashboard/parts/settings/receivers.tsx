import { createMemo, For, Show } from 'solid-js';
import { EVENT_LOOKS, type Look } from '../../../../shared/looks/looks.ts';
import type { Receiver } from '../../../../shared/model/notify.ts';
import { clockSpan } from '../../../../shared/time/spans.ts';
import { busy, testReceiver } from '../../app/actions.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { plural } from '../../words/duration.ts';
import { Badge } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';

/** The feed reports no successful deliveries. */
const LOOK_MS = 5_000;

const LOOKS = {
  told: { ...EVENT_LOOKS.success, word: 'Told' },
  unused: { tone: 'unknown', shape: 'question', word: 'Nothing told yet' },
  failing: { ...EVENT_LOOKS.warn, word: 'Trying again' },
  broken: { ...EVENT_LOOKS.error, word: 'Not told' },
} as const satisfies Record<string, Look>;

/** Receivers of notices, and how their last delivery ended. */
export function Receivers() {
  const { live } = useApp();
  const remote = createRemote(
    createMemo(() => `${Math.floor(live.now() / LOOK_MS)} ${live.otherNeeds().length}`),
    () => api.receivers(),
  );
  const names = createMemo(() => (remote.body() ?? []).map(({ name }) => name).join());
  return (
    <section id="told" aria-labelledby="told-title">
      <h2 id="told-title">Told elsewhere</h2>
      <Show
        when={names() !== ''}
        fallback={
          <Show when={remote.body()}>
            <p class="hint">
              Nobody: <code>[[notify]]</code> in CONFIG names who is told by webhook, ntfy, Slack, Matrix or mail.
            </p>
          </Show>
        }
      >
        <ul class="failures">
          <For each={names().split(',')}>
            {(name) => (
              <Show when={remote.body()?.find((one) => one.name === name)}>
                {(one) => <Row one={one()} onTested={remote.reload} />}
              </Show>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function Row(props: { one: Receiver; onTested: () => void }) {
  const { live, canAct, may } = useApp();
  const look = () => lookOf(props.one);
  const next = () => props.one.nextTryAt;
  return (
    <li data-tone={look().tone}>
      <Badge look={look()} />
      <span class="says">
        <span class="strong">{props.one.name}</span>{' '}
        <span class="quiet">
          {props.one.kind} · {props.one.address}
        </span>
        <Show when={props.one.lastDeliveryAt}>
          {(at) => (
            <>
              {' '}
              · delivered <Ago at={at()} />
            </>
          )}
        </Show>
        <Show when={props.one.waiting > 0}> · {plural(props.one.waiting, 'notice')} waiting</Show>
        <Show when={props.one.givenUp > 0}> · {props.one.givenUp} given up</Show>
        <Show when={props.one.lastError}>
          {(error) => (
            <>
              {' '}
              · {error().message} <Ago at={error().at} />
            </>
          )}
        </Show>
        <Show when={next()}>{(at) => <span class="num"> · again in {clockSpan(at() - live.now())}</span>}</Show>
      </span>
      <Show when={may('admin')}>
        <button
          type="button"
          class="button small"
          aria-label={`Send a test to ${props.one.name}`}
          disabled={!canAct() || busy()}
          onClick={() => void testReceiver(props.one.name).then(props.onTested)}
        >
          Send a test
        </button>
      </Show>
    </li>
  );
}

function lookOf({ givenUpAt, lastDeliveryAt, lastError }: Receiver): Look {
  if (givenUpAt !== null && (lastDeliveryAt ?? 0) <= givenUpAt) return LOOKS.broken;
  if (lastError !== null) return LOOKS.failing;
  return lastDeliveryAt === null ? LOOKS.unused : LOOKS.told;
}
