import { createMemo, For, Show } from 'solid-js';
import { HOST_LOOKS } from '../../../../shared/looks/host-look.ts';
import { ATTENTION_LOOKS, type Look } from '../../../../shared/looks/looks.ts';
import type { Need } from '../../../../shared/looks/needs.ts';
import type { AttentionItem, AttentionKind } from '../../../../shared/model/attention.ts';
import { clockSpan } from '../../../../shared/time/spans.ts';
import { useLive } from '../../app/context.ts';
import { commandPath, hostPath, rolloutPath } from '../../app/router.ts';
import { href } from '../../feed/root.ts';
import { needsWords } from '../../words/needs-words.ts';
import { Badge } from '../basics/badge.tsx';
import { Icon } from '../basics/icon.tsx';
import { isSameList } from '../list/steady.ts';

const SHOWN = 3;

export const attentionPath = ({ commandId }: AttentionItem, host: string): string =>
  commandId === null ? hostPath(host) : commandPath(commandId);

/** The page for an item about neither a host nor a rollout. */
export const otherPath = ({ kind }: AttentionItem): string => href(OTHER_PATHS[kind] ?? '/people');

const OTHER_PATHS: Partial<Record<AttentionKind, string>> = {
  notify_failed: '/settings#told',
  store_rewound: '/events',
};

export const needLook = ({ items }: Need): Look => (items[0] ? ATTENTION_LOOKS[items[0].kind] : HOST_LOOKS.failed);

/** The strip on every page: the most urgent needs and their number. Always one line, so that nothing below moves. */
export function NeedsYou() {
  const live = useLive();
  const rollouts = createMemo(
    () =>
      live
        .rolloutNeeds()
        .slice(0, SHOWN)
        .flatMap(({ rolloutId }) => rolloutId ?? []),
    undefined,
    { equals: isSameList },
  );
  const others = () => live.otherNeeds().slice(0, SHOWN - rollouts().length);
  const first = createMemo(
    () =>
      live
        .needs()
        .slice(0, Math.max(0, SHOWN - rollouts().length - others().length))
        .map(({ hostId }) => hostId),
    undefined,
    {
      equals: isSameList,
    },
  );
  const byHost = createMemo(() => new Map(live.needs().map((need) => [need.hostId, need])));
  return (
    <section class="needs-you" aria-label="Needs you" data-tone={live.waiting() > 0 ? 'attention' : undefined}>
      <Show
        when={live.waiting() > 0}
        fallback={
          <Show when={live.isKnown()}>
            <span class="quiet line-of">
              <Icon name="check" />
              Nothing needs you
            </span>
          </Show>
        }
      >
        <a class="needs-you-count" href={href('/attention')}>
          {needsWords(live.needs().length, live.rolloutNeeds().length, live.otherNeeds().length)}
        </a>
        <ul>
          <For each={rollouts()}>
            {(id) => (
              <Show when={live.rolloutNeeds().find(({ rolloutId }) => rolloutId === id)}>
                {(item) => (
                  <li>
                    <a href={rolloutPath(id)} title={item().message}>
                      <Badge look={ATTENTION_LOOKS[item().kind]} />
                      <span class="strong">{live.rollout(id)?.name ?? 'a rollout'}</span>
                    </a>
                  </li>
                )}
              </Show>
            )}
          </For>
          <For each={others()}>
            {(item) => (
              <li>
                <a href={otherPath(item)} title={item.message}>
                  <Badge look={ATTENTION_LOOKS[item.kind]} />
                  <span class="strong">{item.message}</span>
                </a>
              </li>
            )}
          </For>
          <For each={first()}>
            {(hostId) => (
              <Show when={byHost().get(hostId)}>
                {(need) => {
                  const name = () => live.host(hostId)?.name ?? 'a host';
                  const item = () => need().items[0];
                  return (
                    <li>
                      <a
                        href={item() ? attentionPath(item() as AttentionItem, name()) : hostPath(name())}
                        title={item()?.message ?? need().failure ?? undefined}
                      >
                        <Badge look={needLook(need())} />
                        <span class="strong">{name()}</span>
                        <Show when={item()?.lapsesAt}>
                          {(at) => <span class="num">killed in {clockSpan(at() - live.now())}</span>}
                        </Show>
                      </a>
                    </li>
                  );
                }}
              </Show>
            )}
          </For>
          <Show when={live.waiting() > SHOWN}>
            <li>
              <a href={href('/attention')}>and {live.waiting() - SHOWN} more</a>
            </li>
          </Show>
        </ul>
      </Show>
    </section>
  );
}
