import type { KillStage, Progress } from '../../shared/model/command.ts';
import type { OutcomeCode } from '../../shared/model/outcomes.ts';
import type { Report } from '../../shared/model/report.ts';
import type { Target } from '../../shared/model/target.ts';
import type { DecisionWord } from '../../shared/ops/guard.ts';
import type { CommandExited, CommandRejected, ListedCommand } from '../../shared/wire/protocol.ts';
import type { OwedKill, Policy, Sender } from './record.ts';

/** The coordinator’s knowledge of a host when a command leaves for it. */
export type HostSnapshot = { bootId: string | null; stateId: string | null; report: Report | null };

/** A host’s report, with the process and boot that it came from; `target` is the commit that the fleet should be at. */
export type Sighting = Sender & {
  report: Report;
  target: Target | null;
  /** It accepts decisions on guarded activations. */
  guards: boolean;
};

/** The deadlines of a command; command or record hold their times under the same names. */
export type DeadlineName =
  | 'queuedUntil'
  | 'notAfter'
  | 'warningAt'
  | 'timeoutAt'
  | 'decideBy'
  | 'killBy'
  | 'nudgeAt'
  | 'postCheckBy'
  | 'reconnectBy'
  | 'keepAt';

/**
 * How a kill ended, as the kill's own command records it. `unseen`: everything that the host can see is gone; `held`: the same, but
 * something still holds the output open.
 */
export type KillOutcome = 'gone' | 'unseen' | 'held' | 'already_ended' | 'failed' | 'lost' | 'replaced';

/** The verdict of the pre-checks; `code` of a queued command names its wait. */
export type Decision =
  | { status: 'PENDING' }
  | { status: 'QUEUED'; code: OutcomeCode; message: string; queuedUntil: number }
  | { status: 'BLOCKED'; code: OutcomeCode; message: string; alternative: string | null };

/** A queued command's turn has come; `policy` is the op's on the host now, which may have been unknown before. */
type Woken = {
  type: 'woken';
  decision: Extract<Decision, { status: 'PENDING' | 'BLOCKED' }>;
  host: HostSnapshot;
  policy: Policy;
};

/** Everything that can happen to a command. `at` is the coordinator's time; the reducer has no clock of its own. */
export type LifecycleEvent = { at: number } & (
  | Woken
  | { type: 'accepted' }
  | { type: 'started'; pid: number; startedAt: number }
  | { type: 'rejected'; code: CommandRejected['code']; message: string }
  | { type: 'progress'; progress: Progress }
  | { type: 'output'; bytes: number; total: number; truncated: boolean }
  | { type: 'killing'; stage: KillStage; survivors: number }
  /** `sighting.report` is the newest of the sending instance. `rebooting`: a reboot may have cut it off. */
  | { type: 'exited'; exit: CommandExited; sighting: Sighting; rebooting: boolean }
  /** `rebooting`: as above, before this hello was applied to any command. `putBack`: the store has lost commits that the host knew of. */
  | {
      type: 'hello';
      sighting: Sighting;
      stateId: string | null;
      listed: ListedCommand | null;
      rebooting: boolean;
      putBack: boolean;
    }
  | { type: 'report'; sighting: Sighting }
  | { type: 'disconnected' }
  /** `seen`: who speaks for the host at that moment; null or absent if it is offline. */
  | { type: 'deadline'; name: DeadlineName; seen?: Sender | null }
  | { type: 'wait'; actor: string; minutes: number; host: HostSnapshot }
  | { type: 'ignore'; actor: string }
  | { type: 'kill'; actor: string; commandId: string; kill: OwedKill; online: boolean }
  | { type: 'cancel'; actor: string }
  /** On a guarded activation. `online`: its host is connected and can get the decision. */
  | { type: 'decide'; actor: string; word: DecisionWord; online: boolean }
  | { type: 'host_removed'; actor: string }
  /** No reboot of the host is awaited any more. `happens`: it was given up but did its work; otherwise there was none. */
  | { type: 'reboot_over'; happens: boolean }
  /** Only for a kill's own command. */
  | { type: 'target'; outcome: KillOutcome }
  /** Wall and monotonic clock drifted apart: deadlines move along. */
  | { type: 'shifted'; byMs: number }
);

export type LifecycleEventType = LifecycleEvent['type'];
export type EventOf<Type extends LifecycleEventType> = Extract<LifecycleEvent, { type: Type }>;
