import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { type Command, isActive } from '../../../shared/command.ts';
import { answerTimeout, busy, dispatchOne } from '../app/actions.ts';
import { useApp } from '../app/context.ts';
import { Icon } from './icon.tsx';

type Ask = 'wait' | 'kill' | 'untrack';

const WAITS = [5, 15, 60, 240];

/**
 * What a person can do about a command that is under way. A timeout is answered; else it can be killed or let go. What ends
 * something is asked once more in place, naming its target.
 */
export function CommandActions(props: { command: Command; host: string }) {
  const { canAct } = useApp();
  const [asked, setAsked] = createSignal<Ask | null>(null);
  let bar!: HTMLDivElement;

  const isAsking = () => props.command.timeoutStatus === 'TIMED_OUT';
  const mayWait = () => props.command.timeoutStatus !== 'NORMAL';
  const isRunning = () => ['PENDING', 'EXECUTING'].includes(props.command.status);
  const isQueued = () => props.command.status === 'QUEUED';
  const isActivating = () => props.command.progress?.phase === 'activate';
  const off = () => !canAct() || busy();
  const target = () =>
    `${props.command.op} on ${props.host}${props.command.pid === null ? '' : ` (pid ${props.command.pid})`}`;

  const open = (ask: Ask | null) => {
    setAsked(ask);
    // The focus stays where the question is.
    queueMicrotask(() => bar.querySelector<HTMLElement>('button')?.focus());
  };

  const takeBack = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || asked() === null) return;
    event.stopPropagation();
    open(null);
  };

  const kill = (force: boolean) => {
    open(null);
    const { id, hostId } = props.command;
    const options = force ? { force } : {};
    if (isAsking()) void answerTimeout(props.command, { action: 'kill', ...options });
    else void dispatchOne({ op: 'kill', hosts: [hostId], options: { commandId: id, ...options } });
  };

  const untrack = () => {
    open(null);
    const { id, hostId } = props.command;
    if (isAsking()) void answerTimeout(props.command, { action: 'ignore' });
    else void dispatchOne({ op: 'cancel', hosts: [hostId], options: { commandId: id } });
  };

  const wait = (minutes: number) => {
    open(null);
    void answerTimeout(props.command, { action: 'wait', minutes });
  };

  return (
    <Show when={isActive(props.command.status) && props.command.op !== 'kill'}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape takes the question back */}
      <div class="actions" ref={bar} onKeyDown={takeBack}>
        <Switch>
          <Match when={asked() === null}>
            <Show when={mayWait() && isRunning()}>
              <span class="split">
                <button type="button" class="button primary" disabled={off()} onClick={() => wait(5)}>
                  Wait 5 min
                </button>
                <button
                  type="button"
                  class="button primary"
                  disabled={off()}
                  aria-label="Wait for another time"
                  onClick={() => open('wait')}
                >
                  <Icon name="down" />
                </button>
              </span>
            </Show>
            <Show when={isRunning()}>
              <button type="button" class="button danger" disabled={off()} onClick={() => open('kill')}>
                Kill…
              </button>
            </Show>
            <Show when={isRunning() || isQueued() || props.command.status.startsWith('AWAITING')}>
              <button type="button" class="button" disabled={off()} onClick={() => open('untrack')}>
                {isQueued() ? 'Cancel…' : 'Stop tracking…'}
              </button>
            </Show>
          </Match>
          <Match when={asked() === 'wait'}>
            <For each={WAITS}>
              {(minutes) => (
                <button type="button" class="button" disabled={off()} onClick={() => wait(minutes)}>
                  {minutes < 60 ? `${minutes} min` : `${minutes / 60} h`}
                </button>
              )}
            </For>
            <button type="button" class="button plain" onClick={() => open(null)}>
              Back
            </button>
          </Match>
          <Match when={asked() === 'kill'}>
            <span class="question">Kill {target()}?</span>
            <button type="button" class="button danger" disabled={off()} onClick={() => kill(false)}>
              Kill
            </button>
            <Show when={isActivating()}>
              <button type="button" class="button danger" disabled={off()} onClick={() => kill(true)}>
                Kill during activation
              </button>
            </Show>
            <button type="button" class="button plain" onClick={() => open(null)}>
              Keep running
            </button>
          </Match>
          <Match when={asked() === 'untrack'}>
            <span class="question">
              {isQueued()
                ? `Cancel ${target()}? It will not run.`
                : `Stop tracking ${target()}? The process goes on, the host stays busy, recorded as ${
                    isAsking() ? 'TIMEOUT' : 'CANCELLED'
                  }.`}
            </span>
            <button type="button" class="button danger" disabled={off()} onClick={untrack}>
              {isQueued() ? 'Cancel it' : 'Stop tracking'}
            </button>
            <button type="button" class="button plain" onClick={() => open(null)}>
              Back
            </button>
          </Match>
        </Switch>
      </div>
    </Show>
  );
}
