import { createMemo, For, Show } from 'solid-js';
import { ATTENTION_LOOKS } from '../../../shared/looks.ts';
import { clockSpan } from '../../../shared/spans.ts';
import { useApp } from '../app/context.ts';
import { hostPath } from '../app/router.ts';
import { Badge } from '../parts/badge.tsx';
import { CommandActions } from '../parts/command-actions.tsx';
import { Empty } from '../parts/empty.tsx';
import { attentionPath } from '../parts/needs-you.tsx';
import { createSteady } from '../parts/steady.ts';
import { SteadyList } from '../parts/steady-list.tsx';
import { Ago } from '../parts/time.tsx';
import { plural } from '../words/duration.ts';

/** Everything that waits for a person, what lapses soonest first. */
export function Attention() {
  const { live, openDispatch, canAct } = useApp();
  const keyOf = (item: { kind: string; hostId: string; commandId: string | null }) =>
    `${item.kind} ${item.hostId} ${item.commandId}`;
  const steady = createSteady(live.attention, keyOf);
  const byKey = createMemo(() => new Map(live.attention().map((item) => [keyOf(item), item])));
  return (
    <>
      <h1>Needs you</h1>
      <Show
        when={live.attention().length > 0}
        fallback={
          <Empty title="Nothing needs you">
            <p>Timeouts that ask, failed kills and ends without proof would stand here.</p>
          </Empty>
        }
      >
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'change')}: update the list`}>
          <ul class="attention">
            <For each={steady.keys()}>
              {(key) => (
                <Show when={byKey().get(key)}>
                  {(item) => {
                    const host = () => live.host(item().hostId)?.name ?? 'a removed host';
                    const command = () => live.command(item().commandId ?? '');
                    return (
                      <li data-tone={ATTENTION_LOOKS[item().kind].tone}>
                        <div class="attention-head">
                          <Badge look={ATTENTION_LOOKS[item().kind]} />
                          <a class="strong" href={hostPath(host())}>
                            {host()}
                          </a>
                          <span class="quiet">
                            <Ago at={item().since} />
                          </span>
                          <Show when={item().lapsesAt}>
                            {(at) => <span class="num overdue">is killed in {clockSpan(at() - live.now())}</span>}
                          </Show>
                        </div>
                        <p>{item().message}</p>
                        <Show when={command()?.hint}>{(hint) => <p class="hint">{hint()}</p>}</Show>
                        <div class="actions">
                          <Show when={command()}>{(known) => <CommandActions command={known()} host={host()} />}</Show>
                          <a class="button" href={attentionPath(item(), host())}>
                            {item().commandId === null ? 'Open the host' : 'Open the command'}
                          </a>
                          <Show when={item().kind !== 'timed_out' && live.host(item().hostId)}>
                            <button
                              type="button"
                              class="button"
                              disabled={!canAct()}
                              onClick={() => openDispatch({ hosts: [host()] })}
                            >
                              Run…
                            </button>
                          </Show>
                        </div>
                      </li>
                    );
                  }}
                </Show>
              )}
            </For>
          </ul>
        </SteadyList>
      </Show>
    </>
  );
}
