import { createMemo, For, Show } from 'solid-js';
import type { Quarantined } from '../../../../shared/model/rollout.ts';
import { busy, releaseCommit } from '../../app/actions.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { rolloutPath } from '../../app/router.ts';
import { Ago } from '../basics/time.tsx';
import { AskButton, Asked, AskPlace } from '../question/ask.tsx';
import { createInPlaceQuestion } from '../question/in-place-question.ts';

const COMMIT_LENGTH = 12;

/** Quarantined commits with their reasons; an admin releases them. */
export function QuarantineList() {
  const { live } = useApp();
  /** The feed has no quarantine. A rollout that stops may add to it; an event reports a release. */
  const key = createMemo(
    () =>
      `${live
        .rollouts()
        .map(({ id, status, reason }) => `${id} ${status} ${reason?.code}`)
        .join()} ${live.events().findLast(({ code }) => code === 'quarantine_lifted')?.id}`,
  );
  const remote = createRemote(key, () => api.quarantine());
  const commits = () => (remote.body() ?? []).map(({ commit }) => commit);
  return (
    <Show when={commits().length > 0}>
      <section aria-labelledby="quarantine-title">
        <h2 id="quarantine-title">Quarantined commits</h2>
        <p class="hint">They failed where they were active. Pulls, switches and rollouts to them are refused.</p>
        <ul class="failures">
          <For each={commits()}>
            {(commit) => (
              <Show when={remote.body()?.find((one) => one.commit === commit)}>{(one) => <Row one={one()} />}</Show>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

function Row(props: { one: Quarantined }) {
  const { canAct, may } = useApp();
  const question = createInPlaceQuestion<'release'>();
  const short = () => props.one.commit.slice(0, COMMIT_LENGTH);
  const off = () => !canAct() || busy();
  return (
    <li data-tone="error">
      <span class="mono" title={props.one.commit}>
        {short()}
      </span>
      <span class="says">
        <Show when={props.one.rolloutId} fallback={props.one.reason}>
          {(id) => <a href={rolloutPath(id())}>{props.one.reason}</a>}
        </Show>{' '}
        <span class="quiet">
          <Ago at={props.one.at} />
        </span>
      </span>
      <Show when={may('admin')}>
        <AskPlace question={question}>
          <Show
            when={question.asked()}
            fallback={
              <AskButton question={question} asks="release" label="Release…" of={short()} tone="small" isOff={off()} />
            }
          >
            <Asked
              question={question}
              text={`Let commands and rollouts go to ${short()} again?`}
              yes="Release"
              isSmall
              isOff={off()}
              onYes={() => {
                question.answered();
                void releaseCommit(props.one.commit);
              }}
            />
          </Show>
        </AskPlace>
      </Show>
    </li>
  );
}
