import { createMemo, For, Show } from 'solid-js';
import type { Tone } from '../../../../shared/looks/looks.ts';
import { type Command, isActive } from '../../../../shared/model/command.ts';
import { clockSpan } from '../../../../shared/time/spans.ts';
import { busy, killCommands } from '../../app/actions.ts';
import { createCommandRecords } from '../../app/command-records.ts';
import { useApp } from '../../app/context.ts';
import { CHART_WIDTH, chartHeight, chartOf } from '../../words/dispatch-chart.ts';
import { plural } from '../../words/duration.ts';
import { AskButton, Asked, AskPlace } from '../question/ask.tsx';
import { createInPlaceQuestion } from '../question/in-place-question.ts';

/** A dispatch's commands over time, and the button that kills all of them. */
export function DispatchOverview(props: { op: string; commands: readonly Command[] }) {
  const { live, canAct, may } = useApp();
  const newest = createCommandRecords(live, () => props.commands);
  const commands = createMemo(() => props.commands.map(newest));
  const active = () => commands().filter(({ status }) => isActive(status));
  const question = createInPlaceQuestion<'kill'>(() => active().length > 0);
  const off = () => !canAct() || busy();
  const actsOnOthers = () => props.op === 'kill' || props.op === 'cancel';
  return (
    <>
      <Show when={may('operator') && active().length > 0 && !actsOnOthers()}>
        <AskPlace question={question}>
          <Show
            when={question.asked()}
            fallback={
              <AskButton
                question={question}
                asks="kill"
                label={`Kill all ${active().length}…`}
                tone="danger"
                isOff={off()}
              />
            }
          >
            <Asked
              question={question}
              text={`Kill ${props.op} on ${plural(active().length, 'host')}, with all processes? Queued ones are cancelled.`}
              yes={`Kill ${active().length}`}
              isOff={off()}
              onYes={() => {
                const all = active();
                question.answered();
                void killCommands(all);
              }}
            />
          </Show>
        </AskPlace>
      </Show>
      <Chart commands={commands()} />
    </>
  );
}

/** A bar for each command, by host and time. The table below says the same in words. */
function Chart(props: { commands: readonly Command[] }) {
  const { live } = useApp();
  const isRunning = () => props.commands.some(({ status }) => isActive(status));
  const chart = createMemo(() => chartOf(props.commands, isRunning() ? live.now() : 0));
  const count = () => props.commands.filter(({ acceptedAt }) => acceptedAt !== null).length;
  return (
    <Show when={chart()}>
      {(drawn) => (
        <figure class="dispatch-chart">
          <svg
            role="img"
            aria-label={`${plural(count(), 'host')} over ${clockSpan(drawn().until - drawn().from)}, those that began first above`}
            viewBox={`0 0 ${CHART_WIDTH} ${chartHeight(count())}`}
            preserveAspectRatio="none"
            style={{ height: `${Math.min(240, chartHeight(count()))}px` }}
          >
            <For each={Object.entries(drawn().paths) as [Tone, string][]}>
              {([tone, path]) => <path data-tone={tone} d={path} />}
            </For>
          </svg>
          <figcaption class="hint num">
            <span>0:00</span>
            <span>{clockSpan(drawn().until - drawn().from)}</span>
          </figcaption>
        </figure>
      )}
    </Show>
  );
}
