import './style/tokens.css';
import './style/base.css';
import './style/controls.css';
import './style/dialog.css';
import './style/shell.css';
import './style/rows.css';
import './style/fleet.css';
import './style/fleet-cards.css';
import './style/table.css';
import './style/lists.css';
import './style/pages.css';
import './style/people.css';
import './style/rollouts.css';
import './style/rollout-form.css';
import './style/output.css';
import './style/sign-in.css';
import './style/forced.css';
import { createSignal, Match, Show, Switch } from 'solid-js';
import { render } from 'solid-js/web';
import { isPerson } from '../../shared/model/actor.ts';
import { api, whenSignedOut } from './app/api.ts';
import { type Live, openLive } from './app/live.ts';
import { tell } from './app/notices.ts';
import { applyPrefs } from './app/prefs.ts';
import { isSignInLink, takeToken } from './app/sign-in-link.ts';
import { keepStill } from './app/still.ts';
import { href } from './feed/root.ts';
import { SignIn } from './pages/sign-in.tsx';
import { Shell } from './shell/shell.tsx';

type Session = 'asking' | 'signed-out' | 'signed-in';

function App() {
  const [session, setSession] = createSignal<Session>('asking');
  const [live, setLive] = createSignal<Live | null>(null);
  applyPrefs();
  keepStill();
  whenSignedOut(leave);

  function leave(): void {
    live()?.close();
    setLive(null);
    setSession('signed-out');
  }

  function enter(): void {
    live()?.close();
    // A refused socket does not say why; the API does.
    setLive(
      openLive(async () => {
        const answer = await api.ops();
        return answer.ok ? null : (answer.leader ?? null);
      }),
    );
    setSession('signed-in');
  }

  async function signOut(): Promise<void> {
    const who = await api.whoami();
    // A person who signed in at the provider signs out there too, and returns.
    if (who.ok && isPerson(who.body.actor)) return location.assign(href('/api/oidc/logout'));
    const answer = await api.signOut();
    if (answer.ok) leave();
    else tell('error', `You may not be signed out: ${answer.detail}`);
  }

  /**
   * Waits for a silent coordinator as for a lost connection. The feed opens at once; a round trip later the page knows whether the
   * session still holds.
   */
  async function begin(): Promise<void> {
    const token = takeToken();
    if (token !== null) await api.signIn(token);
    const answering = api.ops();
    enter();
    const answer = await answering;
    if (!answer.ok && answer.status === 401) leave();
  }
  void begin();
  // A browser loads nothing for a sign-in link in a page that is open already.
  addEventListener('hashchange', () => {
    if (isSignInLink()) void begin();
  });

  return (
    <Switch>
      <Match when={session() === 'signed-out'}>
        <SignIn onSignedIn={enter} />
      </Match>
      <Match when={session() === 'signed-in'}>
        <Show when={live()} keyed>
          {(given) => <Shell live={given} onSignOut={() => void signOut()} />}
        </Show>
      </Match>
    </Switch>
  );
}

const root = document.getElementById('app');
if (root) render(() => <App />, root);
