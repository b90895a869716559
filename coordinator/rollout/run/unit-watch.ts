import type { Clock } from '../../../shared/clock.ts';
import type { Session } from '../../engine/sessions.ts';

/**
 * Asks hosts for their failed units while a gate watches them: an agent looks at them by itself only after a command.
 *
 * Sampling times are an agent's own. When a sample was heard is measured here, from its first change on a connection: how old the
 * first one is can't be told here.
 */
export type UnitWatch = {
  /** When the last new sample of this connection was heard, by the wall clock; 0 where none was yet. Asks for another one. */
  heardAt(session: Session, sampledAt: number | null): number;
};

/** An agent takes no sample sooner. */
const EVERY_MS = 30_000;

export function createUnitWatch(clock: Clock): UnitWatch {
  const watched = new WeakMap<Session, { sampledAt: number | null; heardAt: number; askedAt: number }>();
  return {
    heardAt(session, sampledAt) {
      const known = watched.get(session) ?? { sampledAt, heardAt: 0, askedAt: Number.NEGATIVE_INFINITY };
      watched.set(session, known);
      if (sampledAt !== known.sampledAt) Object.assign(known, { sampledAt, heardAt: clock.now() });
      if (clock.monotonic() - known.askedAt >= EVERY_MS) {
        known.askedAt = clock.monotonic();
        session.send({ type: 'heartbeat.request', payload: {} });
      }
      return known.heardAt;
    },
  };
}
