import { createEffect, createSignal, For, on, Show } from 'solid-js';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { Icon } from '../basics/icon.tsx';
import { NameFields, wordsOf } from '../basics/name-fields.tsx';
import { createSteady } from '../list/steady.ts';
import { SteadyList } from '../list/steady-list.tsx';
import { StepUpHint } from '../step-up/hint.tsx';
import { HostKeyRow } from './host-key-row.tsx';
import { HostToken, type NewHostToken } from './host-token.tsx';

/** The filter finds the others. */
const SHOWN = 50;

/** Registers hosts, gives them new tokens, and removes them. A token is shown once. */
export function HostKeys() {
  const { live, canAct } = useApp();
  const [name, setName] = createSignal('');
  const [tags, setTags] = createSignal('');
  const [text, setText] = createSignal('');
  const [shown, setShown] = createSignal<NewHostToken | null>(null);
  const found = () => live.hosts().filter((host) => host.name.toLowerCase().includes(text().toLowerCase()));
  const steady = createSteady(
    () => found().slice(0, SHOWN),
    ({ id }) => id,
    live.hosts,
  );
  // A filter typed by a person applies at once, wherever the pointer is.
  createEffect(on(text, steady.release, { defer: true }));

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await api.addHost(name().trim(), wordsOf(tags()));
    if (!answer.ok) return tell('error', answer.detail);
    setShown({ hostId: answer.body.hostId, host: answer.body.name, token: answer.body.token, isNew: true });
    setName('');
    setTags('');
  }

  return (
    <section aria-labelledby="hosts-title">
      <h2 id="hosts-title">Hosts and tokens</h2>
      <StepUpHint what="Removing a host, or giving it a new token," />
      <form class="filters" onSubmit={(event) => void add(event)}>
        <NameFields name={name} setName={setName} tags={tags} setTags={setTags} isInline />
        <button type="submit" class="button primary" disabled={!canAct()}>
          <Icon name="plus" />
          Register
        </button>
      </form>
      <Show when={shown()?.isNew && shown()} keyed>
        {(one) => <HostToken {...one} onDone={() => setShown(null)} />}
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
        <SteadyList steady={steady}>
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
                      <HostKeyRow host={host()} isGone={steady.isGone(id)} token={shown()} onToken={setShown} />
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
