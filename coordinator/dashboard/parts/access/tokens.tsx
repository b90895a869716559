import { createSignal, Show } from 'solid-js';
import { type ApiTokenView, grantWords, type NewApiToken } from '../../../../shared/model/grant.ts';
import { api } from '../../app/api.ts';
import { useLive } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { createRemote } from '../../app/remote.ts';
import { Ago, Expiry } from '../basics/time.tsx';
import { Entries } from '../list/entries.tsx';
import { Sure } from '../question/sure.tsx';
import { StepUpHint } from '../step-up/hint.tsx';
import { NewToken } from './new-token.tsx';
import { TokenShown } from './token-shown.tsx';

/** Tokens of people and programs: made with a grant, listed, removed. */
export function AccessTokens() {
  const live = useLive();
  const remote = createRemote(
    () => live.events().at(-1)?.id,
    () => api.tokens(),
  );
  const [shown, setShown] = createSignal<NewApiToken | null>(null);

  async function remove(token: ApiTokenView): Promise<void> {
    const answer = await api.removeToken(token.id);
    if (answer.ok) tell('ok', `The token ${token.name} has stopped working`);
    else tell('error', answer.detail);
    remote.reload();
  }

  return (
    <section aria-labelledby="tokens-title">
      <h2 id="tokens-title">Tokens</h2>
      <StepUpHint what="Making or removing a token" />
      <NewToken
        onMade={(made) => {
          setShown(made);
          remote.reload();
        }}
      />
      <Show when={shown()} keyed>
        {({ name, token }) => (
          <TokenShown
            label={`The token ${name}`}
            title={
              <>
                The token <b>{name}</b>, shown this once:
              </>
            }
            token={token}
            onDone={() => setShown(null)}
          />
        )}
      </Show>
      <Show
        when={(remote.body()?.length ?? 0) > 0}
        fallback={<p class="hint">There is no token beside the admin token.</p>}
      >
        <Entries items={remote.body() ?? []}>
          {(one) => (
            <li>
              <span class="says">
                <span class="strong">{one().name}</span> {one().grants.map(grantWords).join('; ')}
                <span class="quiet">
                  {' '}
                  · used <Ago at={one().lastUsedAt} />
                  <Expiry at={one().expiresAt} />
                </span>
              </span>
              <div class="actions">
                <Sure
                  label="Remove…"
                  of={one().name}
                  ask={`Remove ${one().name}? Its sessions end, and its waiting commands are cancelled.`}
                  yes="Remove"
                  onSure={() => void remove(one())}
                />
              </div>
            </li>
          )}
        </Entries>
      </Show>
    </section>
  );
}
