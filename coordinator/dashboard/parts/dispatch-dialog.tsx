import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import type { DispatchAnswer, DispatchRequest } from '../../../shared/dispatch.ts';
import { newKey } from '../app/actions.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { createRemote } from '../app/remote.ts';
import { dispatchPath } from '../app/router.ts';
import { plural } from '../words/duration.ts';
import { Dialog } from './dialog.tsx';
import { DispatchResults } from './dispatch-results.tsx';
import { FaultLine } from './fault-line.tsx';
import { Icon } from './icon.tsx';
import { StepUpHint } from './step-up-hint.tsx';

/** The most wanted ops come first. */
const FIRST = [
  'pull-switch',
  'pull',
  'switch',
  'test',
  'check-version',
  'refresh-all',
  'restart',
  'rollback',
  'reboot',
];
const HOUR = 3_600_000;
const QUEUES = [
  ['0', 'No: answer at once'],
  [String(HOUR / 6), '10 minutes'],
  [String(2 * HOUR), '2 hours'],
  [String(24 * HOUR), 'a day'],
] as const;
/** More names help nobody. */
const NAMED = 12;

const rank = (id: string): number => (FIRST.indexOf(id) + FIRST.length + 1) % (FIRST.length + 1);

/** Asks what to run on the given hosts, runs it, and shows each host's answer. */
export function DispatchDialog(props: { draft: Partial<DispatchRequest>; onClose: () => void }) {
  const { live, canAct } = useApp();
  const hosts = () => props.draft.hosts ?? [];
  const ops = createRemote(
    () => 'ops',
    () => api.ops(),
  );
  const choices = createMemo(() =>
    (ops.body() ?? [])
      .filter(({ executor }) => executor === 'agent')
      .sort((one, other) => rank(one.id) - rank(other.id)),
  );
  const [op, setOp] = createSignal(props.draft.op ?? 'pull-switch');
  const [force, setForce] = createSignal(props.draft.force ?? false);
  const [queueMs, setQueueMs] = createSignal(String(props.draft.queueMs ?? 0));
  const [isSending, setSending] = createSignal(false);
  const [answer, setAnswer] = createSignal<DispatchAnswer | null>(null);
  const [fault, setFault] = createSignal<string | null>(null);
  const sent = createRemote(
    () => answer()?.dispatchId ?? null,
    (id) => api.dispatchOf(id),
  );
  const chosen = () => choices().find(({ id }) => id === op());
  const named = () => hosts().map((host) => live.host(host)?.name ?? host);
  const reboots = () => op() === 'reboot' || chosen()?.completion === 'reboot';
  const aim = () => (hosts().length === 1 ? named()[0] : plural(hosts().length, 'host'));
  // The same request sent twice runs once; a changed one gets a new key.
  let key = newKey();
  createEffect(
    on([op, force, queueMs], () => {
      key = newKey();
    }),
  );

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    const queue = Number(queueMs());
    const request: DispatchRequest = {
      op: op(),
      hosts: hosts(),
      ...(force() && { force: true }),
      ...(queue > 0 && { queueMs: queue }),
    };
    const answered = await api.dispatch(request, key);
    setSending(false);
    setFault(answered.ok ? null : answered.detail);
    if (answered.ok) setAnswer(answered.body);
  }

  return (
    <Dialog
      title={answer() ? `${op()}: what the hosts answered` : `${reboots() ? 'Reboot' : 'Run on'} ${aim()}`}
      wide
      onClose={props.onClose}
    >
      <Show
        when={answer()}
        fallback={
          <form onSubmit={(event) => void send(event)}>
            <p class="targets">
              {named().slice(0, NAMED).join(', ')}
              {hosts().length > NAMED ? ` and ${hosts().length - NAMED} more` : ''}
            </p>
            <label class="field">
              <span>Op</span>
              <select
                value={op()}
                onChange={(event) => setOp(event.currentTarget.value)}
                autofocus={props.draft.op === undefined}
              >
                <Show when={choices().length === 0}>
                  <option value={op()}>{op()}</option>
                </Show>
                <For each={choices()}>
                  {({ id }) => (
                    <option value={id} selected={id === op()}>
                      {id}
                    </option>
                  )}
                </For>
              </select>
            </label>
            <p class="hint">{chosen()?.description ?? ' '}</p>
            <label class="field">
              <span>Wait for busy or offline hosts</span>
              <select value={queueMs()} onChange={(event) => setQueueMs(event.currentTarget.value)}>
                <For each={QUEUES}>
                  {([ms, words]) => (
                    <option value={ms} selected={ms === queueMs()}>
                      {words}
                    </option>
                  )}
                </For>
              </select>
            </label>
            <label class="check">
              <input type="checkbox" checked={force()} onChange={(event) => setForce(event.currentTarget.checked)} />
              <span>
                {reboots()
                  ? 'Force: reboot also in the middle of an activation, which may leave half a system'
                  : 'Force: run it also where there seems to be nothing to do'}
              </span>
            </label>
            <Show when={reboots()}>
              <RunsThere hosts={hosts()} />
            </Show>
            <FaultLine fault={fault()} />
            <StepUpHint what={`${op()} here`} op={op()} />
            <footer>
              <button
                type="button"
                class="button plain"
                autofocus={props.draft.op !== undefined && reboots()}
                onClick={() => props.onClose()}
              >
                Cancel
              </button>
              <button
                type="submit"
                autofocus={props.draft.op !== undefined && !reboots()}
                class={reboots() ? 'button danger' : 'button primary'}
                disabled={!canAct() || isSending() || hosts().length === 0}
              >
                {reboots() ? `Reboot ${aim()}` : `Run ${op()} on ${aim()}`}
              </button>
            </footer>
          </form>
        }
      >
        {(given) => (
          <>
            <DispatchResults op={op()} results={given().results} commands={sent.body()?.commands ?? []} />
            <footer>
              <a class="button" href={dispatchPath(given().dispatchId)} onClick={() => props.onClose()}>
                Open as a page
              </a>
            </footer>
          </>
        )}
      </Show>
    </Dialog>
  );
}

/** The commands that a reboot would cut off. */
function RunsThere(props: { hosts: readonly string[] }) {
  const { live } = useApp();
  const running = () =>
    props.hosts.flatMap((name) => {
      const host = live.host(name);
      const command = live.command(host?.activeCommandId ?? '') ?? live.untracked(host?.id ?? '');
      const phase = command && 'progress' in command && command.progress ? `, in phase ${command.progress.phase}` : '';
      return host && command ? [`${command.op} on ${host.name}${phase}`] : [];
    });
  return (
    <p class="warns" data-tone="attention">
      <Icon name="triangle" />
      <span>
        {running().length === 0
          ? 'Nothing runs there that Switchyard knows of. What else runs there ends.'
          : `A reboot cuts this off: ${running().slice(0, NAMED).join('; ')}${
              running().length > NAMED ? ` and ${running().length - NAMED} more` : ''
            }.`}
      </span>
    </p>
  );
}
