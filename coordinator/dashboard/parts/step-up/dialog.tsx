import { createEffect, createSignal, on, onCleanup, Show } from 'solid-js';
import { isPerson } from '../../../../shared/model/actor.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { path } from '../../app/router.ts';
import { endStepUp, type StepUpQuestion, stepUpQuestion } from '../../app/step-up.ts';
import { Dialog } from '../basics/dialog.tsx';
import { FaultLine } from '../basics/fault-line.tsx';
import { StepUpByProvider } from './provider.tsx';

/** Asks for a step-up after a request was refused without one. */
export function StepUpDialog() {
  return (
    <Show when={stepUpQuestion()} keyed>
      {(asked) => <Ask asked={asked} />}
    </Show>
  );
}

/** A session of the admin token has shown it before; a person may sign in afresh instead. */
function titleFor(actor = ''): string {
  if (isPerson(actor)) return 'Sign in again, or enter the admin token';
  return actor === 'admin' ? 'Enter the admin token again' : 'Enter the admin token';
}

function Ask(props: { asked: StepUpQuestion }) {
  const { me } = useApp();
  const [token, setToken] = createSignal('');
  const [fault, setFault] = createSignal<string | null>(null);
  const [isAsking, setAsking] = createSignal(false);
  const { asked } = props;
  let input!: HTMLInputElement;
  const giveUp = (): void => endStepUp(asked, false);
  createEffect(on(path, giveUp, { defer: true }));
  // A sign-out removes it: the request that waits for it ends too.
  onCleanup(giveUp);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (isAsking()) return;
    setAsking(true);
    setFault(null);
    const answer = await api.stepUp(token().trim());
    setAsking(false);
    if (answer.ok) return endStepUp(asked, true);
    setFault(answer.code === 'unauthorized' ? 'This is not the admin token.' : answer.detail);
    input.focus();
    input.select();
  }

  return (
    <Dialog title={titleFor(me()?.actor)} onClose={giveUp}>
      <StepUpByProvider onShown={() => endStepUp(asked, true)} />
      <form aria-busy={isAsking()} onSubmit={(event) => void submit(event)}>
        <label class="field stacked">
          <span>Admin token</span>
          <input
            ref={input}
            type="password"
            autocomplete="current-password"
            required
            autofocus
            value={token()}
            aria-describedby="step-up-hint"
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <p id="step-up-hint" class="hint">
          What you asked for takes a step-up. The coordinator does it right after.
        </p>
        <FaultLine fault={fault()} />
        <footer>
          <button type="button" class="button plain" onClick={giveUp}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={isAsking()}>
            {isAsking() ? 'Asking…' : 'Continue'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
