import { Show } from 'solid-js';
import { useApp } from '../app/context.ts';
import { AccessTokens } from '../parts/access-tokens.tsx';
import { AuditList } from '../parts/audit-list.tsx';
import { Enrolments } from '../parts/enrolments.tsx';
import { SessionList } from '../parts/session-list.tsx';
import { WaitingHosts } from '../parts/waiting-hosts.tsx';

/** Hosts that ask to enrol, tokens, sessions, and the audit. */
export function People() {
  const { may } = useApp();
  return (
    <>
      <h1>People</h1>
      <WaitingHosts />
      <Show when={may('admin')}>
        <Enrolments />
        <AccessTokens />
      </Show>
      <SessionList />
      <AuditList />
    </>
  );
}
