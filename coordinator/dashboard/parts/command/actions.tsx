import { For, Match, Show, Switch } from 'solid-js';
import type { Command } from '../../../../shared/model/command.ts';
import { Icon } from '../basics/icon.tsx';
import { AskButton, Asked, AskPlace } from '../question/ask.tsx';
import { type CommandActs, createCommandActs } from './acts.ts';
import type { StrongerKill } from './stronger-kill.ts';

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
  const acts = createCommandActs(props);
  const { question, strongerAsked, target, off, isAsking, isQueued, isActivating, kill, killHarder, untrack } = acts;
  return (
    <Show when={acts.isOffered()}>
      <AskPlace question={question}>
        <Switch>
          <Match when={question.asked() === null}>
            <Choices acts={acts} />
          </Match>
          <Match when={question.asked() === 'wait'}>
            <Waits acts={acts} />
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

/** The buttons of the acts that are possible now. */
function Choices(props: { acts: CommandActs }) {
  const { question, may, named, off, stronger, isQueued, wait } = props.acts;
  return (
    <>
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
    </>
  );
}

/** Other times to wait. */
function Waits(props: { acts: CommandActs }) {
  const { question, off, wait } = props.acts;
  return (
    <>
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
    </>
  );
}
