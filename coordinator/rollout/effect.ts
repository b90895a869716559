import type { EventWords } from '../../shared/model/event.ts';
import type { DueHost } from './event.ts';
import type { RolloutRecord } from './record.ts';

/** An act that follows a rollout's step, once its record is written. */
export type RolloutEffect =
  /** Dispatch the next step of these hosts. */
  | { type: 'begin'; hosts: readonly DueHost[] }
  /** Pass these hosts over and list them. */
  | { type: 'defer'; hosts: readonly { hostId: string; code: string }[] }
  /** Their step's deadline has passed. */
  | { type: 'overdue'; hostIds: readonly string[] }
  /** Cancel commands that no host has accepted. Running ones go on to their ends. */
  | { type: 'withdraw' }
  /** The failed hosts so far count as skipped. */
  | { type: 'skip-failed' }
  /** The failed and deferred hosts of this wave get another turn. */
  | { type: 'another-turn'; wave: number }
  /** Bring the hosts that the rollout moved back to their earlier systems. */
  | { type: 'undo'; actor: string }
  /** No effect while it is quarantined already. */
  | { type: 'quarantine'; message: string }
  | ({ type: 'event' } & EventWords);

export type RolloutStepResult = { record: RolloutRecord; effects: readonly RolloutEffect[] };
