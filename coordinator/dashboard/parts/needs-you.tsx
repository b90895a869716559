import { For, Show } from 'solid-js';
import type { AttentionItem } from '../../../shared/attention.ts';
import { ATTENTION_LOOKS } from '../../../shared/looks.ts';
import { clockSpan } from '../../../shared/spans.ts';
import { useLive } from '../app/context.ts';
import { commandPath, hostPath } from '../app/router.ts';
import { href } from '../feed/root.ts';
import { plural } from '../words/duration.ts';
import { Badge } from './badge.tsx';

const SHOWN = 3;

export const attentionPath = ({ commandId }: AttentionItem, host: string): string =>
  commandId === null ? hostPath(host) : commandPath(commandId);

/** What needs a person, on every page: the most urgent few, and how many there are. */
export function NeedsYou() {
  const live = useLive();
  const items = () => live.attention().slice(0, SHOWN);
  const name = (item: AttentionItem) => live.host(item.hostId)?.name ?? 'a host';
  return (
    <Show when={live.attention().length > 0}>
      <section class="needs-you" aria-label="Needs you">
        <a class="needs-you-count" href={href('/attention')}>
          {plural(live.attention().length, 'thing needs you', 'things need you')}
        </a>
        <ul>
          <For each={items()}>
            {(item) => (
              <li>
                <a href={attentionPath(item, name(item))} title={item.message}>
                  <Badge look={ATTENTION_LOOKS[item.kind]} />
                  <span class="strong">{name(item)}</span>
                  <Show when={item.lapsesAt}>
                    {(at) => <span class="num">killed in {clockSpan(at() - live.now())}</span>}
                  </Show>
                </a>
              </li>
            )}
          </For>
          <Show when={live.attention().length > SHOWN}>
            <li>
              <a href={href('/attention')}>and {live.attention().length - SHOWN} more</a>
            </li>
          </Show>
        </ul>
      </section>
    </Show>
  );
}
