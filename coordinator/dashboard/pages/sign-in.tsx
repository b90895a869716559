import { createResource, createSignal, Show } from 'solid-js';
import { api } from '../app/api.ts';
import { providerName, providerPath } from '../app/provider.ts';
import { path } from '../app/router.ts';
import { FaultLine } from '../parts/basics/fault-line.tsx';
import { Icon } from '../parts/basics/icon.tsx';

/** Leads to the identity provider, where there is one; or trades a token for a session. */
export function SignIn(props: { onSignedIn: () => void }) {
  const [token, setToken] = createSignal('');
  const [fault, setFault] = createSignal<string | null>(null);
  const [isAsking, setAsking] = createSignal(false);
  const [provider] = createResource(providerName);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setAsking(true);
    const answer = await api.signIn(token().trim());
    setAsking(false);
    if (answer.ok) return props.onSignedIn();
    setFault(answer.code === 'unauthorized' ? 'The coordinator does not accept this token.' : answer.detail);
  }

  return (
    <main class="sign-in">
      <h1>
        <Icon name="yard" />
        Switchyard
      </h1>
      <Show when={provider()}>
        {(name) => (
          <a class="button primary" href={providerPath({ return: path() + location.search })}>
            Sign in with {name()}
          </a>
        )}
      </Show>
      <form onSubmit={(event) => void submit(event)}>
        <label class="field stacked">
          <span>Token</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            autofocus={!provider()}
            value={token()}
            aria-describedby="token-hint"
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <p id="token-hint" class="hint">
          One that an admin made for you, or the admin token. The coordinator keeps that in{' '}
          <code>DATA_DIR/admin-token</code>, unless you gave it one of yours.
        </p>
        <FaultLine fault={fault()} />
        <button type="submit" class="button" classList={{ primary: !provider() }} disabled={isAsking()}>
          Sign in
        </button>
      </form>
    </main>
  );
}
