import { createMemo, createSignal, Show } from 'solid-js';
import type { Event } from '../../../../shared/model/event.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { createRemote } from '../../app/remote.ts';
import { href } from '../../feed/root.ts';
import { FaultLine } from '../basics/fault-line.tsx';
import { InlineField } from '../basics/inline-field.tsx';
import { ChoiceField } from '../basics/text-field.tsx';
import { EventList } from '../list/event-list.tsx';

const PAGE = '50';
const DAY_MS = 24 * 3_600_000;
const RELOAD_MS = 2_000;
const SPANS = [
  ['1', 'the last day'],
  ['7', 'the last week'],
  ['30', 'the last month'],
  ['365', 'the last year'],
] as const;

/** Pages after the first one, for this filter; `newest`: the newest event when the first of them was read. */
type Older = { of: unknown; newest: number; items: Event[]; next: number | null };

/** The audit, newest first: each action or refusal with its actor and address. */
export function AuditList() {
  const { live } = useApp();
  const [host, setHost] = createSignal('');
  const [days, setDays] = createSignal('7');
  const [level, setLevel] = createSignal('');
  const filter = createMemo(() => ({
    category: 'audit',
    host: host().trim(),
    level: level(),
    since: String(Math.floor(Date.now() / DAY_MS - Number(days())) * DAY_MS),
  }));
  const [older, setOlder] = createSignal<Older | null>(null);
  const more = () => (older()?.of === filter() ? older() : null);
  const newest = () => live.events().at(-1)?.id ?? 0;
  // New events appear as they happen. Once older pages are shown the first page stays, so that no gap opens between them.
  const key = createMemo(() => `${JSON.stringify(filter())} ${more()?.newest ?? newest()}`);
  const remote = createRemote(
    key,
    () => api.events({ ...filter(), before: String(Number.MAX_SAFE_INTEGER), limit: PAGE }),
    RELOAD_MS,
  );
  const next = () => (more() ? more()?.next : remote.body()?.next) ?? null;
  const shown = () => [...(remote.body()?.items ?? []), ...(more()?.items ?? [])];

  async function loadOlder(): Promise<void> {
    const [of, known] = [filter(), more()];
    const answer = await api.events({ ...of, before: String(next()), limit: PAGE });
    if (!answer.ok) return tell('error', answer.detail);
    const items = [...(known?.items ?? []), ...answer.body.items];
    setOlder({ of, newest: known?.newest ?? newest(), items, next: answer.body.next });
  }
  const download = (format: string) =>
    href(`/api/events?${new URLSearchParams({ category: 'audit', since: filter().since, format })}`);

  return (
    <section aria-labelledby="audit-title">
      <h2 id="audit-title">Audit</h2>
      <div class="filters" role="search" aria-label="Filter the audit">
        <InlineField label="Host" value={host()} onInput={setHost} />
        <ChoiceField
          isInline
          label="What"
          value={level()}
          choices={[
            ['', 'everything'],
            ['warn', 'refused, failed, in conflict'],
          ]}
          onChoose={setLevel}
        />
        <ChoiceField isInline label="When" value={days()} choices={SPANS} onChoose={setDays} />
        <a class="button" href={download('csv')} download="switchyard-audit.csv">
          All as CSV
        </a>
      </div>
      <FaultLine fault={remote.fault()?.detail} />
      <Show when={shown().length > 0} fallback={<p class="hint">Nothing in this time.</p>}>
        <EventList events={shown()} />
      </Show>
      <Show when={next() !== null}>
        <div>
          <button type="button" class="button" onClick={() => void loadOlder()}>
            Show older
          </button>
        </div>
      </Show>
    </section>
  );
}
