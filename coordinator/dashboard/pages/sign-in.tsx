import { createSignal, Show } from 'solid-js';
import { api } from '../app/api.ts';
import { Icon } from '../parts/icon.tsx';

/** Asks for the admin token and trades it for a session. */
export function SignIn(props: { onSignedIn: () => void }) {
  const [token, setToken] = createSignal('');
  const [fault, setFault] = createSignal<string | null>(null);
  const [isAsking, setAsking] = createSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setAsking(true);
    const answer = await api.signIn(token().trim());
    setAsking(false);
    if (answer.ok) return props.onSignedIn();
    setFault(answer.code === 'unauthorized' ? 'This is not the admin token.' : answer.detail);
  }

  return (
    <main class="sign-in">
      <h1>
        <Icon name="yard" />
        Switchyard
      </h1>
      <form onSubmit={(event) => void submit(event)}>
        <label class="field stacked">
          <span>Admin token</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            autofocus
            value={token()}
            aria-describedby="token-hint"
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <p id="token-hint" class="hint">
          The coordinator keeps it in <code>DATA_DIR/admin-token</code>, unless you gave it one of yours.
        </p>
        <Show when={fault()}>
          {(text) => (
            <p class="fault" role="alert">
              {text()}
            </p>
          )}
        </Show>
        <button type="submit" class="button primary" disabled={isAsking()}>
          Sign in
        </button>
      </form>
    </main>
  );
}
