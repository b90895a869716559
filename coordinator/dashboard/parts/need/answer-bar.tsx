import { For, Show } from 'solid-js';
import type { Command } from '../../../../shared/model/command.ts';
import { answerTimeouts, busy } from '../../app/actions.ts';
import { useApp } from '../../app/context.ts';
import { plural } from '../../words/duration.ts';
import { AskButton, Asked, AskPlace } from '../question/ask.tsx';
import { createInPlaceQuestion } from '../question/in-place-question.ts';

const WAITS = [5, 15, 60];

/** Gives all selected commands the same answer. */
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
      <AskPlace question={question}>
        <Show
          when={question.asked()}
          fallback={
            <>
              <span class="strong num">{what()} selected</span>
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
              <AskButton question={question} asks="kill" label="Kill…" tone="danger" isOff={off()} />
              <AskButton question={question} asks="ignore" label="Stop tracking…" isOff={off()} />
              <button type="button" class="button plain" onClick={() => props.onDone()}>
                Clear
              </button>
            </>
          }
        >
          {(asked) => (
            <Asked
              question={question}
              text={
                asked() === 'kill'
                  ? `Kill ${what()} on ${named()}?`
                  : `Stop tracking ${what()} on ${named()}? The processes go on, the hosts stay busy.`
              }
              yes={`${asked() === 'kill' ? 'Kill' : 'Stop tracking'} ${props.commands.length}`}
              isOff={off()}
              onYes={() => void answer({ action: asked() })}
            />
          )}
        </Show>
      </AskPlace>
    </div>
  );
}
