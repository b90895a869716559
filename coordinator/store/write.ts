import type { HistoryEntry } from '../../shared/model/command.ts';
import type { Dispatch } from '../../shared/model/dispatch.ts';
import type { Event, NewEvent } from '../../shared/model/event.ts';
import type { Maintenance } from '../../shared/model/host.ts';
import type { Notice } from '../../shared/model/notify.ts';
import type { Quarantined, RolloutHistoryEntry } from '../../shared/model/rollout.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { RolloutHostRow, RolloutRecord } from '../rollout/record.ts';
import type { MarkSpan } from './marks.ts';
import type {
  ApiToken,
  EnrolledState,
  Enrolment,
  KeptAnswer,
  LastKnown,
  LastReport,
  LastSeen,
  PersonName,
  ReceiverState,
  SignedInPerson,
  SignIn,
  StoredHost,
  StoredPolicy,
  StoredWaitingHost,
  ToldAbsence,
} from './records.ts';

/**
 * One change. Refused: a taken name or id; a second command in a host's slot, or a second kill, cancel, restart or reboot of it;
 * a history without its command. Within a part, a command that makes room stands before the one that takes its place, and a
 * history may stand before its command.
 */
export type Write =
  /** The whole record, new or known. */
  | { type: 'command'; record: CommandRecord }
  | { type: 'history'; commandId: string; entry: HistoryEntry }
  | { type: 'event'; event: NewEvent }
  | { type: 'dispatch'; dispatch: Dispatch }
  /** Replaces an older answer of the same actor and key. */
  | { type: 'answer'; answer: KeptAnswer }
  /** `tokenHash`: SHA-256 in hex. */
  | { type: 'host_added'; host: Omit<StoredHost, 'known' | 'maintenance'> & { tokenHash: string } }
  | { type: 'host_changed'; id: string; name: string; tags: readonly string[] }
  /** Null ends it. */
  | { type: 'host_maintenance'; id: string; maintenance: Maintenance | null }
  /** The whole record, new or known; its plan, steps and waves are written once. */
  | { type: 'rollout'; record: RolloutRecord }
  | { type: 'rollout_host'; rolloutId: string; host: RolloutHostRow }
  | { type: 'rollout_history'; rolloutId: string; entry: RolloutHistoryEntry }
  /** Replaces an earlier entry for this commit. */
  | { type: 'quarantined'; quarantined: Quarantined }
  | { type: 'unquarantined'; commit: string }
  /** Replaces the state of the same name. */
  | { type: 'policy'; policy: StoredPolicy }
  /** `formerUntil`: the time until which the host's present token works too; null: it ends, and so does any before it. */
  | { type: 'host_token'; id: string; tokenHash: string; formerUntil: number | null }
  | { type: 'former_token_gone'; id: string }
  /** News from a hello. No effect if the host is gone. */
  | { type: 'host_known'; id: string; known: LastKnown }
  /** News from a heartbeat. */
  | { type: 'host_reported'; id: string; said: LastReport }
  /** Heartbeats whose reports brought no other news. No effect on hosts that are gone. */
  | { type: 'hosts_seen'; seen: readonly (LastSeen & { id: string })[] }
  /** The host's commands and events stay. */
  | { type: 'host_removed'; id: string }
  | { type: 'signed_in'; signIn: SignIn }
  | { type: 'person_asked'; id: string; person: SignedInPerson }
  | { type: 'signed_out'; id: string }
  /** Replaces an earlier name. */
  | { type: 'person_named'; named: PersonName }
  | { type: 'person_forgotten'; actor: string }
  /** Refused if another token has its name or its hash. */
  | { type: 'token_added'; token: ApiToken }
  | { type: 'token_used'; id: string; at: number }
  | { type: 'token_removed'; id: string }
  | { type: 'enrolment_added'; enrolment: Enrolment }
  | { type: 'enrolment_used'; id: string; uses: number }
  /** Its waiting hosts go with it; hosts that it enrolled stay. */
  | { type: 'enrolment_removed'; id: string }
  /** Replaces the host's earlier state. The state belongs to one host and goes with it. */
  | { type: 'host_enrolled'; state: EnrolledState }
  /** Adds or replaces. */
  | { type: 'host_waits'; waiting: StoredWaitingHost }
  | { type: 'host_waits_no_more'; id: string }
  /** Goes behind the receiver's waiting notices. No effect if a notice of this id already waits there. */
  | { type: 'notice'; receiver: string; notice: Notice }
  /** Notices up to this `seq` no longer wait. */
  | { type: 'notices_gone'; receiver: string; upTo: number }
  /** Adds or replaces the whole state. */
  | { type: 'receiver'; state: ReceiverState }
  /** The receiver's waiting notices go with it. */
  | { type: 'receiver_removed'; name: string }
  /** Replaces this receiver's earlier entry for the host. No effect if the host is gone. */
  | { type: 'absence_told'; absence: ToldAbsence }
  | { type: 'absence_over'; hostId: string }
  /** Begins the span of marks of a coordinator's start. */
  | { type: 'mark_span'; span: MarkSpan };

/** A batch got no answer, so it may be stored or not. The store takes nothing more, and the lead ends. */
export class CommitUnknown extends Error {}

/** The result of a part: its events with their ids, each greater than every earlier id and never reused; or why nothing of it is stored. */
export type Written = { events: readonly Event[] } | { cause: unknown };
