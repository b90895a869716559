import { createSignal, Show } from 'solid-js';
import { named } from '../../../../shared/model/actor.ts';
import { type EnrolmentView, enrolmentWords, type NewEnrolment } from '../../../../shared/model/enrolment.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { createRemote } from '../../app/remote.ts';
import { InlineField } from '../basics/inline-field.tsx';
import { wordsOf } from '../basics/name-fields.tsx';
import { Ago, Expiry } from '../basics/time.tsx';
import { Entries } from '../list/entries.tsx';
import { Sure } from '../question/sure.tsx';
import { SetupSteps } from './setup-steps.tsx';
import { TokenShown } from './token-shown.tsx';

const DAY_MS = 24 * 3_600_000;

/** Enrolment tokens: made, listed and removed. */
export function Enrolments() {
  const { live, canAct } = useApp();
  const remote = createRemote(
    () => live.events().at(-1)?.id,
    () => api.enrolments(),
  );
  const [tags, setTags] = createSignal('');
  const [names, setNames] = createSignal('');
  const [uses, setUses] = createSignal('');
  const [days, setDays] = createSignal('7');
  const [approve, setApprove] = createSignal(true);
  const [shown, setShown] = createSignal<NewEnrolment | null>(null);

  async function create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const answer = await api.createEnrolment({
      tags: wordsOf(tags()),
      ...(wordsOf(names()).length > 0 && { names: wordsOf(names()) }),
      ...(uses() !== '' && { maxUses: Number(uses()) }),
      ...(days() !== '' && { expiresAt: Math.round(live.now() + Number(days()) * DAY_MS) }),
      approve: approve(),
    });
    if (!answer.ok) return tell('error', answer.detail);
    setShown(answer.body);
    remote.reload();
  }

  async function remove({ id }: EnrolmentView): Promise<void> {
    const answer = await api.removeEnrolment(id);
    if (!answer.ok) tell('error', answer.detail);
    remote.reload();
  }

  return (
    <section aria-labelledby="enrolments-title">
      <h2 id="enrolments-title">Enrolment tokens</h2>
      <p class="hint">One token for many hosts: each that shows it gets a token of its own.</p>
      <form class="filters" onSubmit={(event) => void create(event)}>
        <InlineField label="Tags" value={tags()} onInput={setTags} />
        <InlineField label="Names" value={names()} onInput={setNames} placeholder="web*, db1" />
        <InlineField isNumber label="Hosts at most" value={uses()} onInput={setUses} />
        <InlineField isNumber label="Days" value={days()} onInput={setDays} />
        <label class="field inline">
          <input type="checkbox" checked={approve()} onChange={(event) => setApprove(event.currentTarget.checked)} />
          <span>Each waits for an approval</span>
        </label>
        <button type="submit" class="button primary" disabled={!canAct()}>
          Make an enrolment token
        </button>
      </form>
      <Show when={shown()} keyed>
        {(one) => (
          <TokenShown
            label="The enrolment token"
            title={`The enrolment token, shown this once, for ${enrolmentWords(one)}:`}
            token={one.token}
            onDone={() => setShown(null)}
          >
            <SetupSteps token="enrolment" />
          </TokenShown>
        )}
      </Show>
      <Show when={(remote.body()?.length ?? 0) > 0}>
        <Entries items={remote.body() ?? []}>
          {(one) => (
            <li>
              <span class="says">
                <span class="strong">{enrolmentWords(one())}</span>
                <span class="quiet">
                  {' '}
                  · {one().uses} enrolled · made by {named(one().createdBy, one().createdByName)}{' '}
                  <Ago at={one().createdAt} />
                  <Expiry at={one().expiresAt} />
                </span>
              </span>
              <div class="actions">
                <Sure
                  label="Remove…"
                  of="this enrolment token"
                  ask="Remove this enrolment token? Hosts that enrolled with it stay."
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
