import { createMemo, Show } from 'solid-js';
import { named } from '../../../../shared/model/actor.ts';
import { WAITING_WORDS, type WaitingHost } from '../../../../shared/model/enrolment.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { createRemote } from '../../app/remote.ts';
import { Ago } from '../basics/time.tsx';
import { Entries } from '../list/entries.tsx';
import { Sure } from '../question/sure.tsx';

/** The feed reports when a host starts or stops waiting, not when it last asked. */
const LOOK_MS = 5_000;

/** Hosts that ask to enrol; a person decides on each. */
export function WaitingHosts() {
  const { live } = useApp();
  const remote = createRemote(
    createMemo(() => `${Math.floor(live.now() / LOOK_MS)} ${live.waiting()}`),
    () => api.waitingHosts(),
  );
  return (
    <section aria-labelledby="waiting-title">
      <h2 id="waiting-title">Hosts that ask to enrol</h2>
      <Show when={(remote.body()?.length ?? 0) > 0} fallback={<p class="hint">No host waits.</p>}>
        <Entries items={remote.body() ?? []}>{(one) => <Row one={one()} onDecided={remote.reload} />}</Entries>
      </Show>
    </section>
  );
}

function Row(props: { one: WaitingHost; onDecided: () => void }) {
  const { live, may } = useApp();
  const known = () => (props.one.hostId === null ? null : (live.host(props.one.hostId)?.name ?? 'the known host'));

  async function decide(word: 'approve' | 'refuse'): Promise<void> {
    const { id, hostname } = props.one;
    const answer = await api.decideWaiting(id, word);
    if (answer.ok)
      tell(
        'ok',
        word === 'approve' ? `${hostname} is approved: its agent asks again within a minute` : `${hostname} is refused`,
      );
    else tell('error', answer.detail);
    props.onDecided();
  }

  return (
    <li data-tone={props.one.reason === 'approval' ? 'attention' : 'error'}>
      <span class="says">
        <span class="strong">{props.one.hostname}</span>{' '}
        <span class="quiet">
          {props.one.platform} · {props.one.address} · state {props.one.stateId}
        </span>
        {' · '}
        {props.one.decision === null
          ? WAITING_WORDS[props.one.reason]
          : `${props.one.decision} by ${named(props.one.decidedBy ?? '', props.one.decidedByName)}`}{' '}
        · asked <Ago at={props.one.askedAt} />
      </span>
      <Show when={may('admin')}>
        <div class="actions">
          <Sure
            label="Approve…"
            of={props.one.hostname}
            ask={
              known() === null
                ? `Let ${props.one.hostname} enrol? A step-up may be asked for.`
                : `Give ${known()} to this agent? The token that ${known()} has stops working. A step-up may be asked for.`
            }
            yes="Approve"
            onSure={() => void decide('approve')}
          />
          <Show when={props.one.decision !== 'refused'}>
            <Sure
              label="Refuse…"
              of={props.one.hostname}
              ask={`Turn ${props.one.hostname} away?`}
              yes="Refuse"
              onSure={() => void decide('refuse')}
            />
          </Show>
        </div>
      </Show>
    </li>
  );
}
