import type { HistoryEntry } from '../../shared/command.ts';
import type { Dispatch } from '../../shared/dispatch.ts';
import type { Event, NewEvent } from '../../shared/event.ts';
import type { Maintenance } from '../../shared/host.ts';
import type { Notice } from '../../shared/notify.ts';
import type { Quarantined, RolloutHistoryEntry } from '../../shared/rollout.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { RolloutHostRow, RolloutRecord } from '../rollout/record.ts';
import type {
  ApiToken,
  EnrolledState,
  Enrolment,
  KeptAnswer,
  LastKnown,
  LastReport,
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
  /** Replaces the state of that name. */
  | { type: 'policy'; policy: StoredPolicy }
  /** `formerUntil`: until when the token that the host uses now works too; null: it goes, and with it any before it. */
  | { type: 'host_token'; id: string; tokenHash: string; formerUntil: number | null }
  | { type: 'former_token_gone'; id: string }
  /** The news in a hello; no effect if the host is gone. */
  | { type: 'host_known'; id: string; known: LastKnown }
  /** The news in a heartbeat. */
  | { type: 'host_reported'; id: string; said: LastReport }
  /** The host's commands and events stay. */
  | { type: 'host_removed'; id: string }
  | { type: 'signed_in'; signIn: SignIn }
  | { type: 'person_asked'; id: string; person: SignedInPerson }
  | { type: 'signed_out'; id: string }
  /** Its name and its hash are its own. */
  | { type: 'token_added'; token: ApiToken }
  | { type: 'token_used'; id: string; at: number }
  | { type: 'token_removed'; id: string }
  | { type: 'enrolment_added'; enrolment: Enrolment }
  | { type: 'enrolment_used'; id: string; uses: number }
  /** The hosts that wait for it go with it; those that it enrolled stay. */
  | { type: 'enrolment_removed'; id: string }
  /** Replaces the host's earlier state; it goes with the host. A state is one host's own. */
  | { type: 'host_enrolled'; state: EnrolledState }
  /** New or known. */
  | { type: 'host_waits'; waiting: StoredWaitingHost }
  | { type: 'host_waits_no_more'; id: string }
  /** Behind what waits for the receiver already; nothing happens if a notice of this id waits there. */
  | { type: 'notice'; receiver: string; notice: Notice }
  /** Those up to this `seq` do not wait any more. */
  | { type: 'notices_gone'; receiver: string; upTo: number }
  /** The whole state, new or known. */
  | { type: 'receiver'; state: ReceiverState }
  /** With everything that waits for it. */
  | { type: 'receiver_removed'; name: string }
  /** Replaces what this receiver was told of the host before; nothing happens if the host is gone. */
  | { type: 'absence_told'; absence: ToldAbsence }
  | { type: 'absence_over'; hostId: string };

/** Whether a batch is stored is unknown: its answer did not come. The store takes no more, and the lead ends. */
export class CommitUnknown extends Error {}

/** The result of a part: its events with their ids, each greater than every earlier id and never reused; or why nothing of it is stored. */
export type Written = { events: readonly Event[] } | { cause: unknown };
