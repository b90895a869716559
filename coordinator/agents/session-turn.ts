import type { Target } from '../../shared/model/target.ts';
import { CLOSE } from '../../shared/wire/protocol.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Session } from '../engine/sessions.ts';
import type { Roster } from '../hosts/roster.ts';
import type { Sighting } from '../lifecycle/event.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Read } from '../store/read.ts';

/** Handles a session's frames in the turn of its host. */
export type SessionTurns = {
  /** Handles it in that turn, with the records of these commands at hand. */
  within<Result>(session: Session, commandIds: readonly string[], run: () => Result): Read<Result>;
  /** The record if it is this host's; it must be at hand. */
  ownRecord(session: Session, commandId: string): CommandRecord | null;
  sightingOf(session: Session): Sighting;
  /** Runs once the turn is durable; else the connection ends. */
  onceDurable(session: Session, answer: () => void): void;
  /** Ends the connection if the turn can't be made durable. */
  closeIfLost(session: Session): void;
};

export type SessionTurnsDeps = {
  ledger: Pick<Ledger, 'get' | 'withRecords' | 'inTurnOf' | 'afterCommit' | 'commit'>;
  roster: Pick<Roster, 'byId'>;
  target: () => Target | null;
};

export function createSessionTurns({ ledger, roster, target }: SessionTurnsDeps): SessionTurns {
  const closeIfLost = (session: Session): void => {
    ledger.commit().catch(() => session.close(CLOSE.tryLater, 'the store cannot be written'));
  };
  return {
    within: ({ hostId }, commandIds, run) => ledger.withRecords(commandIds, () => ledger.inTurnOf(hostId, run)),
    ownRecord(session, commandId) {
      const record = ledger.get(commandId);
      return record?.command.hostId === session.hostId ? record : null;
    },
    sightingOf: ({ hello: { instanceId, bootId, report, features }, hostId }) => ({
      instanceId,
      bootId,
      report: { ...(roster.byId(hostId)?.known?.report ?? report) },
      target: target(),
      guards: features?.includes('guard') ?? false,
    }),
    onceDurable(session, answer) {
      ledger.afterCommit(answer);
      closeIfLost(session);
    },
    closeIfLost,
  };
}
