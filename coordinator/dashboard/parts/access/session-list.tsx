import { named } from '../../../../shared/model/actor.ts';
import type { SessionView } from '../../../../shared/model/grant.ts';
import { api } from '../../app/api.ts';
import { useApp } from '../../app/context.ts';
import { tell } from '../../app/notices.ts';
import { createRemote } from '../../app/remote.ts';
import { Ago, Time } from '../basics/time.tsx';
import { Entries } from '../list/entries.tsx';
import { Sure } from '../question/sure.tsx';

/** Open sessions of dashboard and command line: one's own, or all of them for an admin. */
export function SessionList() {
  const { live, may } = useApp();
  const remote = createRemote(
    () => live.events().at(-1)?.id,
    () => api.sessions(),
  );

  async function end(session: SessionView): Promise<void> {
    const answer = await api.endSession(session.id);
    if (answer.ok) tell('ok', `The session of ${session.actor} has ended`);
    else tell('error', answer.detail);
    remote.reload();
  }

  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title">{may('admin') ? 'Sessions' : 'Your sessions'}</h2>
      <Entries items={remote.body() ?? []}>
        {(one) => (
          <li>
            <span class="says">
              <span class="strong">
                {named(one().actor, one().name)}
                {one().current ? ' (this one)' : ''}
              </span>{' '}
              <span class="quiet">
                from {one().address} · opened <Ago at={one().openedAt} /> · ends <Time at={one().expiresAt} />
              </span>
            </span>
            <div class="actions">
              <Sure
                label="End…"
                of={`the session of ${one().actor} from ${one().address}`}
                ask={one().current ? 'End this session? You are signed out.' : `End the session of ${one().actor}?`}
                yes="End it"
                onSure={() => void end(one())}
              />
            </div>
          </li>
        )}
      </Entries>
    </section>
  );
}
