import { createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { ATTENTION_LOOKS } from '../../../../shared/looks/looks.ts';
import type { Need } from '../../../../shared/looks/needs.ts';
import type { AttentionItem } from '../../../../shared/model/attention.ts';
import { type Command, isActive } from '../../../../shared/model/command.ts';
import { usualMs } from '../../../../shared/model/run-time.ts';
import { lastLine } from '../../../../shared/text/last-line.ts';
import { clockSpan } from '../../../../shared/time/spans.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { commandPath } from '../../app/router.ts';
import { Badge } from '../basics/badge.tsx';
import { Ago } from '../basics/time.tsx';
import { CommandActions } from '../command/actions.tsx';
import { ProgressBars } from '../command/progress.tsx';
import { attentionPath } from './needs-you.tsx';

/** Shortest time between two reads of the last output. */
const LOOK_MS = 5_000;
const TAIL_BYTES = 2_048;

/** Each reason why a host needs a person, with the facts and the decisions. */
export function NeedBody(props: { need: Need }) {
  const { live, openDispatch, canAct, may } = useApp();
  const host = () => live.host(props.need.hostId)?.name ?? 'a removed host';
  const failed = () => {
    const latest = live.latest(props.need.hostId);
    return props.need.failure === null || latest?.status === 'SUCCESS' ? undefined : latest;
  };
  const run = () => (
    <Show when={live.host(props.need.hostId) && may('operator')}>
      <button
        type="button"
        class="button"
        aria-label={`Run… on ${host()}`}
        disabled={!canAct()}
        onClick={() => openDispatch({ hosts: [host()] })}
      >
        Run…
      </button>
    </Show>
  );
  return (
    <>
      <Show when={props.need.failure}>
        {(words) => (
          <>
            <p>{words()}</p>
            <Show when={failed()?.hint}>{(hint) => <p class="hint">{hint()}</p>}</Show>
          </>
        )}
      </Show>
      <For each={props.need.items.map(({ kind, commandId }) => `${kind} ${commandId}`)}>
        {(key) => (
          <Show when={props.need.items.find(({ kind, commandId }) => `${kind} ${commandId}` === key)}>
            {(item) => (
              <NeedItem item={item()} host={host()} isFirst={item() === props.need.items[0]}>
                <Show when={item().kind !== 'timed_out'}>{run()}</Show>
              </NeedItem>
            )}
          </Show>
        )}
      </For>
      <Show when={props.need.failure}>
        <div class="need-actions">
          <Show when={failed()}>
            {(command) => (
              <a
                class="button"
                href={commandPath(command().id)}
                aria-label={`Open the command: ${command().op} on ${host()}`}
              >
                Open the command
              </a>
            )}
          </Show>
          {run()}
        </div>
      </Show>
    </>
  );
}

function NeedItem(props: { item: AttentionItem; host: string; isFirst: boolean; children: JSX.Element }) {
  const { live } = useApp();
  const command = () => live.command(props.item.commandId ?? '');
  return (
    <>
      <p>
        <Show when={!props.isFirst}>
          <Badge look={ATTENTION_LOOKS[props.item.kind]} />{' '}
        </Show>
        {props.item.message}{' '}
        <span class="quiet">
          <Ago at={props.item.since} />
        </span>
        <Show when={props.item.lapsesAt}>
          {(at) => <span class="num overdue"> is killed in {clockSpan(at() - live.now())}</span>}
        </Show>
      </p>
      <Show when={command()}>
        {(known) => (
          <>
            <Show
              when={isActive(known().status)}
              fallback={<Show when={known().hint}>{(hint) => <p class="hint">{hint()}</p>}</Show>}
            >
              <ActiveCommand command={known()} />
            </Show>
          </>
        )}
      </Show>
      <div class="need-actions">
        <Show when={command()}>{(known) => <CommandActions command={known()} host={props.host} />}</Show>
        <a
          class="button"
          href={attentionPath(props.item, props.host)}
          aria-label={`${props.item.commandId === null ? 'Open the host' : 'Open the command'}: ${props.host}`}
        >
          {props.item.commandId === null ? 'Open the host' : 'Open the command'}
        </a>
        {props.children}
      </div>
    </>
  );
}

/** Its progress, its usual duration there, and its last line. Requested only while in sight. */
function ActiveCommand(props: { command: Command }) {
  let place!: HTMLDivElement;
  const { live } = useApp();
  const [isSeen, setSeen] = createSignal(false);
  onMount(() => {
    const watching = new IntersectionObserver((entries) =>
      setSeen(entries.some(({ isIntersecting }) => isIntersecting)),
    );
    watching.observe(place);
    onCleanup(() => watching.disconnect());
  });
  const successes = createRemote(
    () => (isSeen() ? `${props.command.hostId} ${props.command.op}` : null),
    () => api.commands({ host: props.command.hostId, op: props.command.op, status: 'SUCCESS', limit: '5' }),
  );
  const usual = () => {
    const known = successes.body();
    if (!known) return '';
    const ms = usualMs(known.items, live.now());
    return ms === null ? 'it has never succeeded here' : `usually takes ${clockSpan(ms)} here`;
  };
  const output = createRemote(
    () => (isSeen() && props.command.output.bytes > 0 ? props.command.output.bytes : null),
    async (bytes) => {
      const read = await api.outputBytes(props.command.id, Math.max(0, bytes - TAIL_BYTES), TAIL_BYTES);
      return read ? { ok: true as const, body: read } : UNREAD;
    },
    LOOK_MS,
  );
  return (
    <div ref={place} class="active-command">
      <ProgressBars command={props.command} note={usual()} />
      <p class="last-line mono cut" title="The last line of its output">
        {lastLine(output.body()) || '\u00a0'}
      </p>
    </div>
  );
}

const UNREAD = { ok: false, status: 0, code: 'unread', detail: 'The output could not be read' } as const;
