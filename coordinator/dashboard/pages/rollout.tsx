import { For, Show } from 'solid-js';
import { makerWords, rolloutLook, wantsApproval } from '../../../shared/looks/rollout-look.ts';
import { named } from '../../../shared/model/actor.ts';
import type { Rollout } from '../../../shared/model/rollout.ts';
import { useLive } from '../app/context.ts';
import { createRolloutRecord } from '../app/rollout-record.ts';
import { href } from '../feed/root.ts';
import { Badge } from '../parts/basics/badge.tsx';
import { Refused } from '../parts/basics/empty.tsx';
import { Time } from '../parts/basics/time.tsx';
import { RolloutActions } from '../parts/rollout/actions.tsx';
import { RolloutApproval } from '../parts/rollout/approval.tsx';
import { RolloutFailures } from '../parts/rollout/failures.tsx';
import { GatePanel } from '../parts/rollout/gate-panel.tsx';
import { RolloutHosts } from '../parts/rollout/hosts.tsx';
import { StandingBar } from '../parts/rollout/standing-bar.tsx';
import { WaveColumns } from '../parts/rollout/wave-columns.tsx';
import { rolloutSentence } from '../words/rollout-sentence.ts';

const COMMIT_LENGTH = 12;

/** One rollout: its state, its waves with a dot for each host, its gate, its failures, and every host. */
export function RolloutPage(props: { id: string }) {
  const live = useLive();
  const record = createRolloutRecord(props.id);
  return (
    <Show
      when={record.rollout()}
      fallback={<Show when={record.fault()}>{(fault) => <Refused what="rollout" fault={fault()} />}</Show>}
    >
      {(rollout) => (
        <>
          <header class="page-head">
            <div>
              <h1>{rollout().name}</h1>
              <p class="lead">
                <Badge look={rolloutLook(rollout())} />
                <span>{rolloutSentence(rollout(), live.now())}</span>
              </p>
              <StandingBar counts={rollout().counts} />
            </div>
            <Show when={!wantsApproval(rollout())}>
              <RolloutActions rollout={rollout()} />
            </Show>
          </header>
          <RolloutApproval rollout={rollout()} />
          <RolloutFailures hosts={record.hosts()} />
          <WaveColumns rollout={rollout()} hosts={record.hosts()} />
          <GatePanel rollout={rollout()} />
          <div class="two-columns">
            <section aria-labelledby="plan-title">
              <h2 id="plan-title">Plan</h2>
              <Plan rollout={rollout()} />
            </section>
            <section aria-labelledby="history-title">
              <h2 id="history-title">History</h2>
              <ol class="rollout-history">
                <For each={record.history()}>
                  {({ at, to, message, actor, actorName }) => (
                    <li>
                      <Time at={at} />
                      <span class="says">
                        {to === 'RUNNING' && message === 'running' ? 'under way' : message}
                        <span class="quiet"> · {named(actor, actorName)}</span>
                      </span>
                    </li>
                  )}
                </For>
              </ol>
            </section>
          </div>
          <RolloutHosts rollout={rollout()} hosts={record.hosts()} />
        </>
      )}
    </Show>
  );
}

function Plan(props: { rollout: Rollout }) {
  const plan = () => props.rollout.plan;
  return (
    <dl class="facts">
      <dt>Steps</dt>
      <dd>{props.rollout.steps.map(({ op }) => op).join(' → ')}</dd>
      <Show when={props.rollout.commit}>
        {(commit) => (
          <>
            <dt>Commit</dt>
            <dd class="mono" title={commit()}>
              {commit().slice(0, COMMIT_LENGTH)}
            </dd>
          </>
        )}
      </Show>
      <Show when={plan().where}>
        {(where) => (
          <>
            <dt>Hosts</dt>
            <dd class="mono">{where()}</dd>
          </>
        )}
      </Show>
      <dt>At once</dt>
      <dd>{plan().maxParallel ?? 10} hosts</dd>
      <dt>May fail</dt>
      <dd>{plan().maxFailures ?? 0}</dd>
      <dt>Made by</dt>
      <dd>
        {makerWords(props.rollout)}, <Time at={props.rollout.createdAt} />
      </dd>
      <dt>Commands</dt>
      <dd>
        <a href={`${href('/dispatches')}?rollout=${props.rollout.id}`}>Its dispatches</a>
      </dd>
      <Show when={props.rollout.approvedBy}>
        {(by) => (
          <>
            <dt>Approved by</dt>
            <dd>{named(by(), props.rollout.approvedByName)}</dd>
          </>
        )}
      </Show>
    </dl>
  );
}
