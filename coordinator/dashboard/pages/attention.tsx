import { createMemo, createSignal, For, Show } from 'solid-js';
import type { Command } from '../../../shared/model/command.ts';
import { useApp } from '../app/context.ts';
import { Empty } from '../parts/basics/empty.tsx';
import { createSteady } from '../parts/list/steady.ts';
import { SteadyList } from '../parts/list/steady-list.tsx';
import { AnswerBar } from '../parts/need/answer-bar.tsx';
import { NeedCard } from '../parts/need/card.tsx';
import { OtherNeed } from '../parts/need/other.tsx';
import { RolloutNeed } from '../parts/need/rollout.tsx';
import { plural } from '../words/duration.ts';

/** Every rollout and host that needs a person. The hosts that lapse soonest come first, failed ones last. */
export function Attention() {
  const { live } = useApp();
  const steady = createSteady(live.needs, ({ hostId }) => hostId);
  const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set());
  /** Commands that ask for an answer, by host. */
  const asking = createMemo(() => {
    const found = new Map<string, Command>();
    for (const { kind, hostId, commandId } of live.attention()) {
      const command = kind === 'timed_out' ? live.command(commandId ?? '') : undefined;
      if (command && !found.has(hostId)) found.set(hostId, command);
    }
    return found;
  });
  const chosen = createMemo(() =>
    [...asking()].flatMap(([hostId, command]) => (selected().has(hostId) ? command : [])),
  );

  function select(hostId: string, isSelected: boolean): void {
    setSelected((known) => new Set(isSelected ? [...known, hostId] : [...known].filter((one) => one !== hostId)));
  }

  return (
    <>
      <div class="line-of">
        <h1>Needs you</h1>
        <Show when={asking().size > 1}>
          <button type="button" class="button small" onClick={() => setSelected(new Set(asking().keys()))}>
            Select all {asking().size} that ask
          </button>
        </Show>
      </div>
      <Show when={live.rolloutNeeds().length > 0}>
        <ul class="attention" aria-label="Rollouts">
          <For each={live.rolloutNeeds().flatMap(({ rolloutId }) => rolloutId ?? [])}>
            {(id) => (
              <Show when={live.rolloutNeeds().find(({ rolloutId }) => rolloutId === id)}>
                {(item) => <RolloutNeed item={item()} id={id} />}
              </Show>
            )}
          </For>
        </ul>
      </Show>
      <Show when={live.otherNeeds().length > 0}>
        <ul class="attention" aria-label="Other things">
          <For each={live.otherNeeds()}>{(item) => <OtherNeed item={item} />}</For>
        </ul>
      </Show>
      <Show
        when={steady.keys().length > 0 || live.rolloutNeeds().length + live.otherNeeds().length > 0}
        fallback={
          <Empty title="Nothing needs you">
            <p>
              Timeouts that ask, failed kills, ends without proof, failed hosts and rollouts that wait would stand here.
            </p>
          </Empty>
        }
      >
        <SteadyList steady={steady} words={`${plural(steady.pending(), 'change')}: update the list`}>
          <ul class="attention">
            <For each={steady.keys()}>
              {(hostId) => (
                <Show when={steady.item(hostId)}>
                  {(need) => (
                    <NeedCard
                      need={need()}
                      isGone={steady.isGone(hostId)}
                      isHeld={steady.isHeld()}
                      isSelected={selected().has(hostId)}
                      onSelect={(isSelected) => select(hostId, isSelected)}
                    />
                  )}
                </Show>
              )}
            </For>
          </ul>
        </SteadyList>
      </Show>
      <Show when={chosen().length > 0}>
        <AnswerBar
          commands={chosen()}
          hostOf={({ hostId }) => live.host(hostId)?.name ?? 'a removed host'}
          onDone={() => setSelected(new Set<string>())}
        />
      </Show>
    </>
  );
}
