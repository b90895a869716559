import { createSignal, For, Show } from 'solid-js';
import type { Host } from '../../../shared/host.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { hostPath } from '../app/router.ts';
import { CopyLine } from './empty.tsx';
import { Icon } from './icon.tsx';
import { createInPlaceQuestion } from './in-place-question.ts';
import { Ago } from './time.tsx';

/** More are found by the filter. */
const SHOWN = 50;

/** Registers hosts, gives them new tokens, and removes them. A token is shown once. */
export function HostKeys() {
  const { live, canAct } = useApp();
  const [name, setName] = createSignal('');
  const [tags, setTags] = createSignal('');
  const [text, setText] = createSignal('');
  const [shown, setShown] = createSignal<{ host: string; token: string } | null>(null);
  const found = () => live.hosts().filter((host) => host.name.includes(text()));

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await api.addHost(
      name().trim(),
      tags()
        .split(/[\s,]+/)
        .filter(Boolean),
    );
    if (!answer.ok) return tell('error', answer.detail);
    setShown({ host: answer.body.name, token: answer.body.token });
    setName('');
    setTags('');
  }

  async function rotate(host: Host): Promise<void> {
    const answer = await api.rotateToken(host.id);
    if (!answer.ok) return tell('error', answer.detail);
    setShown({ host: host.name, token: answer.body.token });
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
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
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
      <Show when={shown()}>
        {(one) => (
          <div class="panel" role="status">
            <p>
              The token of <b>{one().host}</b>. It is shown this once; put it into the file that
              <code> SWITCHYARD_TOKEN_FILE</code> names.
            </p>
            <CopyLine text={one().token} what="The token" />
          </div>
        )}
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
        <table class="plain-table stacks">
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
            <For
              each={found()
                .slice(0, SHOWN)
                .map(({ id }) => id)}
            >
              {(id) => (
                <Show when={live.host(id)}>
                  {(host) => (
                    <tr>
                      <td>
                        <a class="strong" href={hostPath(host().name)}>
                          {host().name}
                        </a>
                      </td>
                      <td>
                        <Ago at={host().lastSeenAt} />
                      </td>
                      <td class="row-actions">
                        <div class="actions">
                          <Sure
                            label="New token…"
                            ask={`Give ${host().name} a new token? The old one stops working.`}
                            yes="New token"
                            onSure={() => void rotate(host())}
                          />
                          <Sure
                            label="Remove…"
                            ask={`Remove ${host().name}? What runs on it is LOST.`}
                            yes="Remove"
                            onSure={() => void remove(host())}
                          />
                        </div>
                      </td>
                    </tr>
                  )}
                </Show>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}

/** Asks once more in place, naming what it does. */
function Sure(props: { label: string; ask: string; yes: string; onSure: () => void }) {
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
