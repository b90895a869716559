import { Show } from 'solid-js';
import type { Command } from '../../../../shared/model/command.ts';
import { busy, decideGuarded } from '../../app/actions.ts';
import { useApp } from '../../app/context.ts';
import { guardSentence, mayDecide } from '../../words/guard-words.ts';
import { AskButton, Asked, AskPlace } from '../question/ask.tsx';
import { createInPlaceQuestion } from '../question/in-place-question.ts';

/** The state of a guarded activation, with Keep and Undo until someone has decided. */
export function GuardPanel(props: { command: Command; host: string }) {
  const { live, canAct, may: mayAs } = useApp();
  const host = () => live.host(props.command.hostId);
  const sentence = () => guardSentence(props.command, host(), live.now());
  const may = () => mayDecide(props.command, host());
  const off = () => !canAct() || busy();
  const question = createInPlaceQuestion<'undo'>(may);

  return (
    <Show when={sentence()}>
      {(says) => (
        <section class="panel" aria-label="Guarded activation">
          <p>{says()}</p>
          <Show when={mayAs('operator') && may()}>
            <AskPlace question={question}>
              <Show
                when={question.asked()}
                fallback={
                  <>
                    <button
                      type="button"
                      class="button primary"
                      disabled={off()}
                      onClick={() => void decideGuarded(props.command, 'keep')}
                    >
                      Keep
                    </button>
                    <AskButton question={question} asks="undo" label="Undo…" tone="danger" isOff={off()} />
                  </>
                }
              >
                <Asked
                  question={question}
                  text={`Let ${props.host} go back to the system before?`}
                  yes="Undo"
                  isOff={off()}
                  onYes={() => {
                    question.answered();
                    void decideGuarded(props.command, 'undo');
                  }}
                />
              </Show>
            </AskPlace>
          </Show>
        </section>
      )}
    </Show>
  );
}
