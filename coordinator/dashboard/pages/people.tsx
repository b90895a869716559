import { Show } from 'solid-js';
import { useApp } from '../app/context.ts';
import { AuditList } from '../parts/access/audit-list.tsx';
import { Enrolments } from '../parts/access/enrolments.tsx';
import { SessionList } from '../parts/access/session-list.tsx';
import { AccessTokens } from '../parts/access/tokens.tsx';
import { WaitingHosts } from '../parts/access/waiting-hosts.tsx';

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
