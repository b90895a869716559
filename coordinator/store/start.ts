import { type Quarantined, RECENT_ROLLOUTS } from '../../shared/model/rollout.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { StoredRollout } from '../rollout/record.ts';
import type { Store } from './port.ts';
import type {
  ApiToken,
  EnrolledState,
  Enrolment,
  FormerToken,
  PersonName,
  ReceiverState,
  SignIn,
  StoredHost,
  StoredPolicy,
  StoredWaitingHost,
  ToldAbsence,
} from './records.ts';

/** The stored state that a coordinator holds in memory from its start. */
export type Start = {
  hosts: readonly StoredHost[];
  /** Every record that is active or open, oldest first. */
  live: readonly CommandRecord[];
  /** Ended commands that still wait for a person, in order of their ends. */
  unsettled: readonly CommandRecord[];
  signIns: readonly SignIn[];
  names: readonly PersonName[];
  apiTokens: readonly ApiToken[];
  formerTokens: readonly FormerToken[];
  enrolments: readonly Enrolment[];
  enrolledStates: readonly EnrolledState[];
  waitingHosts: readonly StoredWaitingHost[];
  /** Rollouts that may still change, and the newest. */
  rollouts: readonly StoredRollout[];
  quarantined: readonly Quarantined[];
  policies: readonly StoredPolicy[];
  outbox: {
    receivers: readonly ReceiverState[];
    waiting: readonly { receiver: string; notices: number; bytes: number }[];
    absences: readonly ToldAbsence[];
  };
};

export async function readStart(store: Store, now: number): Promise<Start> {
  const { hosts, commands, signIns, apiTokens, enrolments, rollouts, outbox } = store;
  return {
    hosts: await hosts.list(),
    // Before the next: a damaged one that is given up here asks for a person.
    live: await commands.live(),
    unsettled: await commands.unsettled(),
    signIns: await signIns.list(),
    names: await signIns.names(),
    apiTokens: await apiTokens.list(),
    formerTokens: await hosts.formerTokens(),
    enrolments: await enrolments.list(),
    enrolledStates: await enrolments.states(),
    waitingHosts: await enrolments.waiting(),
    rollouts: await rollouts.live(now, RECENT_ROLLOUTS),
    quarantined: await rollouts.quarantined(),
    policies: await rollouts.policies(),
    outbox: {
      receivers: await outbox.receivers(),
      waiting: await outbox.waiting(),
      absences: await outbox.absences(),
    },
  };
}
