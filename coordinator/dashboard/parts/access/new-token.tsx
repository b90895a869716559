import { createSignal, Show } from 'solid-js';
import { type Grant, type NewApiToken, ROLES, type Role } from '../../../../shared/model/grant.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { InlineField } from '../basics/inline-field.tsx';
import { wordsOf } from '../basics/name-fields.tsx';
import { ChoiceField } from '../basics/text-field.tsx';

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'viewer: reads',
  operator: 'operator: acts on hosts',
  admin: 'admin: everything',
};

/** Makes a token with one grant. */
export function NewToken(props: { onMade: (token: NewApiToken) => void }) {
  const { canAct } = useApp();
  const [name, setName] = createSignal('');
  const [role, setRole] = createSignal<Role>('viewer');
  const [tags, setTags] = createSignal('');
  const [ops, setOps] = createSignal('');

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
    props.onMade(answer.body);
    setName('');
  }

  return (
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
  );
}
