import { assertNever } from '../../../shared/assert-never.ts';
import type { Event } from '../../../shared/model/event.ts';
import type { Write } from '../write.ts';
import type { ApiTokenStore } from './api-tokens.ts';
import type { CommandStore } from './commands.ts';
import type { DispatchStore } from './dispatches.ts';
import type { EnrolmentStore } from './enrolments.ts';
import type { EventStore } from './events.ts';
import type { HistoryStore } from './history.ts';
import type { HostStore } from './hosts.ts';
import type { MarkStore } from './marks.ts';
import type { OutboxStore } from './outbox.ts';
import type { RolloutStore } from './rollouts.ts';
import type { SignInStore } from './sign-ins.ts';

export type Stores = {
  hosts: HostStore;
  commands: CommandStore;
  history: HistoryStore;
  events: EventStore;
  dispatches: DispatchStore;
  rollouts: RolloutStore;
  signIns: SignInStore;
  apiTokens: ApiTokenStore;
  enrolments: EnrolmentStore;
  outbox: OutboxStore;
  marks: MarkStore;
};

/** Writes one change and returns an event with its id. Throws if the change is refused. */
export function createWriter({
  hosts,
  commands,
  history,
  events,
  dispatches,
  rollouts,
  signIns,
  apiTokens,
  enrolments,
  outbox,
  marks,
}: Stores): (write: Write) => Event | null {
  const change = (write: Exclude<Write, { type: 'event' }>): void => {
    switch (write.type) {
      case 'command':
        commands.save(write.record);
        break;
      case 'history':
        history.append(write.commandId, write.entry);
        break;
      case 'dispatch':
        dispatches.save(write.dispatch);
        break;
      case 'answer':
        dispatches.keepAnswer(write.answer);
        break;
      case 'host_added':
        named(hosts.create(write.host), write.host.name);
        break;
      case 'host_changed':
        named(hosts.update(write.id, write), write.name);
        break;
      case 'host_token':
        hosts.setTokenHash(write.id, write.tokenHash, write.formerUntil);
        break;
      case 'former_token_gone':
        hosts.removeFormerToken(write.id);
        break;
      case 'host_maintenance':
        hosts.setMaintenance(write.id, write.maintenance);
        break;
      case 'rollout':
        rollouts.save(write.record);
        break;
      case 'rollout_host':
        rollouts.saveHost(write.rolloutId, write.host);
        break;
      case 'rollout_history':
        rollouts.appendHistory(write.rolloutId, write.entry);
        break;
      case 'quarantined':
        rollouts.quarantine(write.quarantined);
        break;
      case 'unquarantined':
        rollouts.unquarantine(write.commit);
        break;
      case 'policy':
        rollouts.savePolicy(write.policy);
        break;
      case 'host_known':
        hosts.setKnown(write.id, write.known);
        break;
      case 'host_reported':
        hosts.setLastReport(write.id, write.said);
        break;
      case 'hosts_seen':
        for (const seen of write.seen) hosts.setLastSeen(seen.id, seen);
        break;
      case 'host_removed':
        hosts.remove(write.id);
        break;
      case 'signed_in':
        signIns.add(write.signIn);
        break;
      case 'person_asked':
        signIns.setPerson(write.id, write.person);
        break;
      case 'signed_out':
        signIns.remove(write.id);
        break;
      case 'person_named':
        signIns.setName(write.named);
        break;
      case 'person_forgotten':
        signIns.removeName(write.actor);
        break;
      case 'token_added':
        apiTokens.add(write.token);
        break;
      case 'token_used':
        apiTokens.used(write.id, write.at);
        break;
      case 'token_removed':
        apiTokens.remove(write.id);
        break;
      case 'enrolment_added':
        enrolments.add(write.enrolment);
        break;
      case 'enrolment_used':
        enrolments.used(write.id, write.uses);
        break;
      case 'enrolment_removed':
        enrolments.remove(write.id);
        break;
      case 'host_enrolled':
        enrolments.saveState(write.state);
        break;
      case 'host_waits':
        enrolments.saveWaiting(write.waiting);
        break;
      case 'host_waits_no_more':
        enrolments.removeWaiting(write.id);
        break;
      case 'notice':
        outbox.add(write.receiver, write.notice);
        break;
      case 'notices_gone':
        outbox.drop(write.receiver, write.upTo);
        break;
      case 'receiver':
        outbox.saveReceiver(write.state);
        break;
      case 'receiver_removed':
        outbox.removeReceiver(write.name);
        break;
      case 'absence_told':
        outbox.tellAbsence(write.absence);
        break;
      case 'absence_over':
        outbox.endAbsence(write.hostId);
        break;
      case 'mark_span':
        marks.begin(write.span);
        break;
      default:
        assertNever(write);
    }
  };
  return (write) => {
    if (write.type === 'event') return events.append(write.event);
    change(write);
    return null;
  };
}

function named(isFree: boolean, name: string): void {
  if (!isFree) throw new Error(`the name ${name} is another host's`);
}
