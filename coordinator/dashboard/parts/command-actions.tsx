import { For, Match, Show, Switch } from 'solid-js';
import { asksPerson, type Command, isActive } from '../../../shared/command.ts';
import type { KillSignal } from '../../../shared/op-options.ts';
import { answerTimeout, busy, dispatchOne } from '../app/actions.ts';
import { useApp } from '../app/context.ts';
import { AskButton, Asked, AskPlace } from './ask.tsx';
import { Icon } from './icon.tsx';
import { createInPlaceQuestion } from './in-place-question.ts';
import { type StrongerKill, strongerKill } from './stronger-kill.ts';

type Ask = 'wait' | 'kill' | 'untrack' | StrongerKill['how'];

const WAITS = [5, 15, 60, 240];

/** Words for each step from the kill under way to a stronger one. */
const STRONGER = {
  now: {
    button: 'Kill now',
    question: (target: string) => `Kill ${target} now? Its processes get no chance to tidy up.`,
  },
  activation: {
    button: 'Kill during activation',
    question: (target: string) => `Kill ${target} during its activation? That may leave half a system.`,
  },
} as const satisfies Record<StrongerKill['how'], unknown>;

/**
 * The actions on a command that is under way, or has ended while its process goes on: answer a timeout, kill, kill harder, stop
 * tracking. An action that ends something asks once more in place, naming its target.
 */
export function CommandActions(props: { command: Command; host: string }) {
  const { live, canAct, may: mayAs } = useApp();

  const isUntracked = () => live.untracked(props.command.hostId)?.id === props.command.id;
  const isAsking = () => asksPerson(props.command);
  const mayWait = () => props.command.timeoutStatus !== 'NORMAL';
  const isRunning = () => ['PENDING', 'EXECUTING'].includes(props.command.status);
  const isQueued = () => props.command.status === 'QUEUED';
  const isActivating = () => props.command.progress?.phase === 'activate';
  const stronger = () =>
    props.command.status === 'KILLING' && props.command.kill ? strongerKill(props.command.kill) : null;
  const off = () => !canAct() || busy();
  const named = () => `${props.command.op} on ${props.host}`;
  const target = () => `${named()}${props.command.pid === null ? '' : ` (pid ${props.command.pid})`}`;

  const may: Record<Ask, () => boolean> = {
    wait: () => mayWait() && isRunning(),
    kill: () => isRunning() || isUntracked(),
    untrack: () => isRunning() || isQueued() || props.command.status.startsWith('AWAITING'),
    now: () => stronger()?.how === 'now',
    activation: () => stronger()?.how === 'activation',
  };
  const question = createInPlaceQuestion<Ask>((what) => may[what]());
  const strongerAsked = () => {
    const asked = question.asked();
    return asked === 'now' || asked === 'activation' ? asked : null;
  };

  const orderKill = (options: { signal?: KillSignal; graceMs?: number; force?: boolean }) =>
    dispatchOne({ op: 'kill', hosts: [props.command.hostId], options: { commandId: props.command.id, ...options } });

  const kill = (force: boolean) => {
    question.answered();
    const options = force ? { force } : {};
    if (isAsking()) void answerTimeout(props.command, { action: 'kill', ...options });
    else void orderKill(options);
  };

  const killHarder = () => {
    const harder = stronger();
    question.answered();
    if (harder) void orderKill(harder.options);
  };

  const untrack = () => {
    question.answered();
    const { id, hostId } = props.command;
    if (isAsking()) void answerTimeout(props.command, { action: 'ignore' });
    else void dispatchOne({ op: 'cancel', hosts: [hostId], options: { commandId: id } });
  };

  const wait = (minutes: number) => {
    question.answered();
    void answerTimeout(props.command, { action: 'wait', minutes });
  };

  return (
    <Show when={mayAs('operator') && (isActive(props.command.status) || isUntracked()) && props.command.op !== 'kill'}>
      <AskPlace question={question}>
        <Switch>
          <Match when={question.asked() === null}>
            <Show when={may.wait()}>
              <span class="split">
                <button
                  type="button"
                  class="button primary"
                  aria-label={`Wait 5 min for ${named()}`}
                  disabled={off()}
                  onClick={() => wait(5)}
                >
                  Wait 5 min
                </button>
                <button
                  type="button"
                  class="button primary"
                  disabled={off()}
                  aria-label={`Wait for another time for ${named()}`}
                  data-asks="wait"
                  onClick={() => question.ask('wait')}
                >
                  <Icon name="down" />
                </button>
              </span>
            </Show>
            <Show when={may.kill()}>
              <AskButton question={question} asks="kill" label="Kill…" of={named()} tone="danger" isOff={off()} />
            </Show>
            <Show when={stronger()?.how}>
              {(how) => (
                <AskButton
                  question={question}
                  asks={how()}
                  label={`${STRONGER[how()].button}…`}
                  of={named()}
                  tone="danger"
                  isOff={off()}
                />
              )}
            </Show>
            <Show when={may.untrack()}>
              <AskButton
                question={question}
                asks="untrack"
                label={isQueued() ? 'Cancel…' : 'Stop tracking…'}
                of={named()}
                isOff={off()}
              />
            </Show>
          </Match>
          <Match when={question.asked() === 'wait'}>
            <For each={WAITS}>
              {(minutes, index) => (
                <button
                  type="button"
                  class="button"
                  disabled={off()}
                  data-focus={index() === 0 ? '' : undefined}
                  onClick={() => wait(minutes)}
                >
                  {minutes < 60 ? `${minutes} min` : `${minutes / 60} h`}
                </button>
              )}
            </For>
            <button type="button" class="button plain" onClick={question.takeBack}>
              Back
            </button>
          </Match>
          <Match when={question.asked() === 'kill'}>
            <Asked
              question={question}
              text={`Kill ${target()}?`}
              yes="Kill"
              back="Keep running"
              isOff={off()}
              onYes={() => kill(false)}
            >
              <Show when={isActivating()}>
                <button type="button" class="button danger" disabled={off()} onClick={() => kill(true)}>
                  Kill during activation
                </button>
              </Show>
            </Asked>
          </Match>
          <Match when={strongerAsked()}>
            {(how) => (
              <Asked
                question={question}
                text={STRONGER[how()].question(target())}
                yes={STRONGER[how()].button}
                isOff={off()}
                onYes={killHarder}
              />
            )}
          </Match>
          <Match when={question.asked() === 'untrack'}>
            <Asked
              question={question}
              text={
                isQueued()
                  ? `Cancel ${target()}? It will not run.`
                  : `Stop tracking ${target()}? The process goes on, the host stays busy, recorded as ${
                      isAsking() ? 'TIMEOUT' : 'CANCELLED'
                    }.`
              }
              yes={isQueued() ? 'Cancel it' : 'Stop tracking'}
              isOff={off()}
              onYes={untrack}
            />
          </Match>
        </Switch>
      </AskPlace>
    </Show>
  );
}
