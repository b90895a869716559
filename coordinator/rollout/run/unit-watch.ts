import type { Clock } from '../../../shared/time/clock.ts';
import type { Session } from '../../engine/sessions.ts';

/**
 * Asks hosts for their failed units while a gate watches, because an agent looks at them by itself only after a command.
 *
 * Sampling times are by the agent's clock. This measures when a sample was heard, from the first change on a connection, because the
 * age of a connection's first sample is unknown here.
 */
export type UnitWatch = {
  /** When this connection's last new sample was heard, by the wall clock; 0 if none was. Asks for another. */
  heardAt(session: Session, sampledAt: number | null): number;
};

/** An agent's shortest interval between samples. */
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
