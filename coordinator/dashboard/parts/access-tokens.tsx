import { createSignal, Show } from 'solid-js';
import {
  type ApiTokenView,
  type Grant,
  grantWords,
  type NewApiToken,
  ROLES,
  type Role,
} from '../../../shared/grant.ts';
import { api } from '../app/api.ts';
import { useApp } from '../app/context.ts';
import { tell } from '../app/notices.ts';
import { createRemote } from '../app/remote.ts';
import { Entries } from './entries.tsx';
import { InlineField } from './inline-field.tsx';
import { wordsOf } from './name-fields.tsx';
import { StepUpHint } from './step-up-hint.tsx';
import { Sure } from './sure.tsx';
import { ChoiceField } from './text-field.tsx';
import { Ago, Expiry } from './time.tsx';
import { TokenShown } from './token-shown.tsx';

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'viewer: reads',
  operator: 'operator: acts on hosts',
  admin: 'admin: everything',
};

/** Tokens of people and programs: made with a grant, listed, removed. */
export function AccessTokens() {
  const { live, canAct } = useApp();
  const remote = createRemote(
    () => live.events().at(-1)?.id,
    () => api.tokens(),
  );
  const [name, setName] = createSignal('');
  const [role, setRole] = createSignal<Role>('viewer');
  const [tags, setTags] = createSignal('');
  const [ops, setOps] = createSignal('');
  const [shown, setShown] = createSignal<NewApiToken | null>(null);

  async function create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const [onTags, onlyOps] = [wordsOf(tags()), wordsOf(ops())];
    const isLimited = role() === 'operator';
    const grant: Grant = {
      role: role(),
      ...(isLimited && onTags.length > 0 && { tags: onTags }),
      ...(isLimited && onlyOps.length > 0 && { ops: onlyOps }),
    };
    const answer = await api.createToken({ name: name().trim(), grants: [grant] });
    if (!answer.ok) return tell('error', answer.detail);
    setShown(answer.body);
    setName('');
    remote.reload();
  }

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
      <form class="filters" onSubmit={(event) => void create(event)}>
        <InlineField label="Name" value={name()} onInput={setName} />
        <ChoiceField
          isInline
          label="Role"
          value={role()}
          choices={ROLES.map((one) => [one, ROLE_WORDS[one]] as const)}
          onChoose={(one) => setRole(one as Role)}
        />
        <Show when={role() === 'operator'}>
          <InlineField label="Only tags" value={tags()} onInput={setTags} />
          <InlineField label="Only ops" value={ops()} onInput={setOps} />
        </Show>
        <button type="submit" class="button primary" disabled={!canAct() || name().trim() === ''}>
          Make a token
        </button>
      </form>
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
