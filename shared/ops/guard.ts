import { type Static, Type } from 'typebox';
import { Message, Nullable, OneOf, PersonName, Time, Uuid } from '../schema.ts';

/** Guarded activation, as host and coordinator speak of it (docs/protocol.md section 7). */

export const GUARD_MODES = ['on', 'off'] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

/** `contact`: a host that is in contact keeps the new system. `proof`: only what would be a SUCCESS is kept. */
export const KEEPS = ['contact', 'proof'] as const;
export type Keep = (typeof KEEPS)[number];

/** How long the host waits for a decision once the new system is active, in time awake. */
export const CONFIRM_MS = { least: 2_000, most: 3_600_000, usual: 180_000 } as const;

/** While only the coordinator is away the deadline does not count, for at most this long. */
export const HOLD_MS = 24 * 3_600_000;

/** Contact is a welcome that has lasted for this long. */
export const CONTACT_MS = 15_000;

/** While undoing is possible an agent may stay away for this long after the guard's limit. */
export const RETURN_AFTER_GUARD_MS = 90_000;

/** The one decision on an activation. */
export const DECISIONS = ['keep', 'undo'] as const;
export type DecisionWord = (typeof DECISIONS)[number];

/** The coordinator's decision on a guarded activation, and who made it: `system` if nobody had to be asked. */
export const GuardDecision = Type.Object({
  word: OneOf(DECISIONS),
  actor: Type.String(),
  actorName: PersonName,
  at: Time,
});
export type GuardDecision = Static<typeof GuardDecision>;

export const GUARD_STATES = ['armed', 'activated', 'held', 'keeping', 'undoing', 'rebooting', 'failed'] as const;
export type GuardState = (typeof GUARD_STATES)[number];

/** A guard that has not ended yet, as its host reports it. */
export const Guard = Type.Object({
  commandId: Uuid,
  state: OneOf(GUARD_STATES),
  /** When it undoes without a decision, by the host's clock; null while no deadline counts. */
  deadline: Nullable(Time),
  message: Nullable(Message),
});
export type Guard = Static<typeof Guard>;

/** How a guard ended. `keep_failed`: the boot default could not be written, so the profile went back to the old system. */
export const GUARD_ENDS = ['kept', 'keep_failed', 'undone', 'rollback_failed', 'superseded'] as const;
export type GuardEndKind = (typeof GUARD_ENDS)[number];

/** Who decided: the coordinator or a person through it (`keep`, `undo`), the deadline, a failed activation, a reboot into the old system. */
export const GUARD_CAUSES = ['keep', 'undo', 'deadline', 'activation', 'reboot'] as const;
export type GuardCause = (typeof GUARD_CAUSES)[number];

/** The recorded end of the host's last guard. */
export const GuardEnd = Type.Object({
  commandId: Uuid,
  end: OneOf(GUARD_ENDS),
  /** Null if nobody had decided: a person switched by hand first. */
  cause: Nullable(OneOf(GUARD_CAUSES)),
  at: Time,
  message: Nullable(Message),
});
export type GuardEnd = Static<typeof GuardEnd>;
