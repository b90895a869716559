import { For, Match, Show, Switch } from 'solid-js';
import type { Command } from '../../../shared/command.ts';
import { answerTimeouts, busy } from '../app/actions.ts';
import { useApp } from '../app/context.ts';
import { plural } from '../words/duration.ts';
import { createInPlaceQuestion } from './in-place-question.ts';

const WAITS = [5, 15, 60];

/** Answers all that is selected alike. */
export function AnswerBar(props: {
  commands: readonly Command[];
  hostOf: (command: Command) => string;
  onDone: () => void;
}) {
  const { canAct } = useApp();
  const question = createInPlaceQuestion<'kill' | 'ignore'>();
  const off = () => !canAct() || busy();
  const named = () => {
    const names = props.commands.map(props.hostOf);
    return names.length > 5 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  };
  const what = () => plural(props.commands.length, 'command');

  async function answer(given: Parameters<typeof answerTimeouts>[1]): Promise<void> {
    const commands = props.commands;
    question.answered();
    await answerTimeouts(commands, given);
    props.onDone();
  }

  return (
    <div class="selection-bar" role="toolbar" aria-label="Answer what is selected">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape takes the question back */}
      <div class="actions" tabIndex={-1} ref={question.ref} onKeyDown={question.onKeyDown}>
        <Show when={question.asked() === null}>
          <span class="strong num">{what()} selected</span>
        </Show>
        <Switch>
          <Match when={question.asked() === null}>
            <For each={WAITS}>
              {(minutes) => (
                <button
                  type="button"
                  class="button primary"
                  disabled={off()}
                  onClick={() => void answer({ action: 'wait', minutes })}
                >
                  Wait {minutes} min
                </button>
              )}
            </For>
            <button
              type="button"
              class="button danger"
              disabled={off()}
              data-asks="kill"
              onClick={() => question.ask('kill')}
            >
              Kill…
            </button>
            <button
              type="button"
              class="button"
              disabled={off()}
              data-asks="ignore"
              onClick={() => question.ask('ignore')}
            >
              Stop tracking…
            </button>
            <button type="button" class="button plain" onClick={() => props.onDone()}>
              Clear
            </button>
          </Match>
          <Match when={question.asked()}>
            {(asked) => (
              <>
                <span class="question">
                  {asked() === 'kill'
                    ? `Kill ${what()} on ${named()}?`
                    : `Stop tracking ${what()} on ${named()}? The processes go on, the hosts stay busy.`}
                </span>
                <button
                  type="button"
                  class="button danger"
                  disabled={off()}
                  onClick={() => void answer({ action: asked() })}
                >
                  {asked() === 'kill' ? `Kill ${props.commands.length}` : `Stop tracking ${props.commands.length}`}
                </button>
                <button type="button" class="button plain" data-focus onClick={question.takeBack}>
                  Back
                </button>
              </>
            )}
          </Match>
        </Switch>
      </div>
    </div>
  );
}
