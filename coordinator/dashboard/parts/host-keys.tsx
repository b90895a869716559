import { createEffect, createSignal, For, on, onMount, Show } from 'solid-js';
import type { Host } from '../../../shared/host.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { hostPath } from '../app/router.ts';
import { plural } from '../words/duration.ts';
import { CopyLine } from './empty.tsx';
import { NAME_PATTERN, wordsOf } from './host-names.tsx';
import { Icon } from './icon.tsx';
import { createInPlaceQuestion } from './in-place-question.ts';
import { createSteady } from './steady.ts';
import { SteadyList } from './steady-list.tsx';
import { Ago } from './time.tsx';

/** More are found by the filter. */
const SHOWN = 50;

/** Registers hosts, gives them new tokens, and removes them. A token is shown once. */
export function HostKeys() {
  const { live, canAct } = useApp();
  const [name, setName] = createSignal('');
  const [tags, setTags] = createSignal('');
  const [text, setText] = createSignal('');
  const [shown, setShown] = createSignal<Shown | null>(null);
  const found = () => live.hosts().filter((host) => host.name.toLowerCase().includes(text().toLowerCase()));
  const steady = createSteady(
    () => found().slice(0, SHOWN),
    ({ id }) => id,
    live.hosts,
  );
  // What a person asks for is done at once, wherever the pointer is.
  createEffect(on(text, steady.release, { defer: true }));

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await api.addHost(name().trim(), wordsOf(tags()));
    if (!answer.ok) return tell('error', answer.detail);
    setShown({ hostId: answer.body.hostId, host: answer.body.name, token: answer.body.token, isNew: true });
    setName('');
    setTags('');
  }

  async function rotate(host: Host): Promise<void> {
    const answer = await api.rotateToken(host.id);
    if (!answer.ok) return tell('error', answer.detail);
    setShown({ hostId: host.id, host: host.name, token: answer.body.token, isNew: false });
  }

  async function remove(host: Host): Promise<void> {
    const answer = await api.removeHost(host.id);
    if (answer.ok) tell('ok', `${host.name} removed`);
    else tell('error', answer.detail);
  }

  return (
    <section aria-labelledby="hosts-title">
      <h2 id="hosts-title">Hosts and tokens</h2>
      <form class="filters" onSubmit={(event) => void add(event)}>
        <label class="field inline">
          <span>Name</span>
          <input
            type="text"
            required
            pattern={NAME_PATTERN}
            value={name()}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="field inline">
          <span>Tags</span>
          <input type="text" value={tags()} onInput={(event) => setTags(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button primary" disabled={!canAct()}>
          <Icon name="plus" />
          Register
        </button>
      </form>
      <Show when={shown()?.isNew && shown()} keyed>
        {(one) => <TokenShown {...one} onDone={() => setShown(null)} />}
      </Show>
      <Show when={live.hosts().length > SHOWN}>
        <input
          type="search"
          aria-label="Find a host"
          placeholder="Find a host"
          value={text()}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </Show>
      <Show when={live.hosts().length > 0}>
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'row')} would move: update the list`}>
          <table class="plain-table keys">
            <thead>
              <tr>
                <th scope="col">Host</th>
                <th scope="col">Last seen</th>
                <th scope="col">
                  <span class="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              <For each={steady.keys()}>
                {(id) => (
                  <Show when={steady.item(id)}>
                    {(host) => (
                      <>
                        <tr>
                          <td>
                            <a class="strong cut" href={hostPath(host().name)}>
                              {host().name}
                            </a>
                          </td>
                          <td>
                            <Show when={!steady.isGone(id)} fallback={<span class="quiet">removed</span>}>
                              <Ago at={host().lastSeenAt} />
                            </Show>
                          </td>
                          <td class="row-actions">
                            <Show when={!steady.isGone(id)}>
                              <div class="actions">
                                <Sure
                                  label="New token…"
                                  of={host().name}
                                  ask={`Give ${host().name} a new token? The old one stops working.`}
                                  yes="New token"
                                  onSure={() => void rotate(host())}
                                />
                                <Sure
                                  label="Remove…"
                                  of={host().name}
                                  ask={`Remove ${host().name}? What runs on it is LOST.`}
                                  yes="Remove"
                                  onSure={() => void remove(host())}
                                />
                              </div>
                            </Show>
                          </td>
                        </tr>
                        <Show when={shown()?.hostId === id && !shown()?.isNew && shown()} keyed>
                          {(one) => (
                            <tr>
                              <td colspan={3}>
                                <TokenShown {...one} onDone={() => setShown(null)} />
                              </td>
                            </tr>
                          )}
                        </Show>
                      </>
                    )}
                  </Show>
                )}
              </For>
            </tbody>
          </table>
        </SteadyList>
      </Show>
    </section>
  );
}

type Shown = { hostId: string; host: string; token: string; isNew: boolean };

/** A token that is shown this once, with what to paste on the host. It takes the focus: the old one is dead by now. */
function TokenShown(props: Shown & { onDone: () => void }) {
  let panel!: HTMLDivElement;
  onMount(() => panel.focus());
  return (
    <div class="panel token" role="group" aria-label={`The token of ${props.host}`} tabIndex={-1} ref={panel}>
      <p>
        {props.isNew ? 'The token of ' : 'The new token of '}
        <b>{props.host}</b>, shown this once.
        {props.isNew ? '' : ' The old one no longer works.'} Paste this as root on the host:
      </p>
      <CopyLine text={pasteOf(props.token)} what="The command" />
      <p class="hint">
        Without the units of the README: the token goes into the file that <code>SWITCHYARD_TOKEN_FILE</code> names.
      </p>
      <CopyLine text={props.token} what="The token" />
      <div>
        <button type="button" class="button small" onClick={() => props.onDone()}>
          I have it
        </button>
      </div>
    </div>
  );
}
/** For a shell of whatever kind: the token is written where the unit reads it, and the agent starts with it. */
const pasteOf = (token: string): string =>
  `echo ${token} | install -D -m 0600 /dev/stdin /etc/switchyard/token && systemctl restart switchyard-agent`;

/** Asks once more in place, naming what it does. */
function Sure(props: { label: string; of: string; ask: string; yes: string; onSure: () => void }) {
  const { canAct } = useApp();
  const question = createInPlaceQuestion<'sure'>();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape takes the question back
    <span class="actions" tabIndex={-1} ref={question.ref} onKeyDown={question.onKeyDown}>
      <Show
        when={question.asked()}
        fallback={
          <button
            type="button"
            class="button small"
            aria-label={`${props.label} ${props.of}`}
            disabled={!canAct()}
            data-asks="sure"
            onClick={() => question.ask('sure')}
          >
            {props.label}
          </button>
        }
      >
        <span class="question">{props.ask}</span>
        <button
          type="button"
          class="button small danger"
          disabled={!canAct()}
          onClick={() => {
            question.answered();
            props.onSure();
          }}
        >
          {props.yes}
        </button>
        <button type="button" class="button small plain" data-focus onClick={question.takeBack}>
          No
        </button>
      </Show>
    </span>
  );
}
