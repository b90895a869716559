import { Match, Show, Switch } from 'solid-js';
import type { Command } from '../../../shared/command.ts';
import { busy, decideGuarded } from '../app/actions.ts';
import { useApp } from '../app/context.ts';
import { guardSentence, mayDecide } from '../words/guard-words.ts';
import { createInPlaceQuestion } from './in-place-question.ts';

/** How a guarded activation stands, and its keep and undo for as long as nobody has decided. */
export function GuardPanel(props: { command: Command; host: string }) {
  const { live, canAct } = useApp();
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
          <Show when={may()}>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape takes the question back */}
            <div class="actions" tabIndex={-1} ref={question.ref} onKeyDown={question.onKeyDown}>
              <Switch>
                <Match when={question.asked() === null}>
                  <button
                    type="button"
                    class="button primary"
                    disabled={off()}
                    onClick={() => void decideGuarded(props.command, 'keep')}
                  >
                    Keep
                  </button>
                  <button
                    type="button"
                    class="button danger"
                    disabled={off()}
                    data-asks="undo"
                    onClick={() => question.ask('undo')}
                  >
                    Undo…
                  </button>
                </Match>
                <Match when={question.asked() === 'undo'}>
                  <span class="question">Let {props.host} go back to the system before?</span>
                  <button
                    type="button"
                    class="button danger"
                    disabled={off()}
                    onClick={() => {
                      question.answered();
                      void decideGuarded(props.command, 'undo');
                    }}
                  >
                    Undo
                  </button>
                  <button type="button" class="button plain" data-focus onClick={question.takeBack}>
                    Back
                  </button>
                </Match>
              </Switch>
            </div>
          </Show>
        </section>
      )}
    </Show>
  );
}
