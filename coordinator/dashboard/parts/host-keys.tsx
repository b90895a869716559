import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { Host } from '../../../shared/host.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { hostPath } from '../app/router.ts';
import { CopyLine } from './empty.tsx';
import { Icon } from './icon.tsx';
import { NameFields, wordsOf } from './name-fields.tsx';
import { SetupSteps } from './setup-steps.tsx';
import { createSteady } from './steady.ts';
import { SteadyList } from './steady-list.tsx';
import { StepUpHint } from './step-up-hint.tsx';
import { Sure } from './sure.tsx';
import { Ago } from './time.tsx';
import { TokenShown } from './token-shown.tsx';

/** The filter finds the others. */
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
                                <HostToken {...one} onDone={() => setShown(null)} />
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

/** A host's token, shown once, with the command to paste on the host. */
function HostToken(props: Shown & { onDone: () => void }) {
  const { live } = useApp();
  return (
    <TokenShown
      label={`The token of ${props.host}`}
      title={
        <>
          {props.isNew ? 'The token of ' : 'The new token of '}
          <b>{props.host}</b>, shown this once.
          {props.isNew ? '' : ' The old one no longer works. Put the new one in its place, and restart the agent.'}
        </>
      }
      token={props.token}
      onDone={props.onDone}
    >
      <Show when={props.isNew} fallback={<CopyLine text={pasteOf(props.token)} what="The command" />}>
        <SetupSteps token="token" />
        <p role="status">
          <Show when={live.host(props.hostId)?.online} fallback={<>waiting for {props.host}…</>}>
            <b>{props.host}</b> is online.
          </Show>
        </p>
      </Show>
    </TokenShown>
  );
}

/** For any shell: writes the token where the unit reads it, and restarts the agent. */
const pasteOf = (token: string): string =>
  `echo ${token} | install -D -m 0600 /dev/stdin /etc/switchyard/token && systemctl restart switchyard-agent`;
