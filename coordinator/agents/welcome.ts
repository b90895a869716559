import type { Clock } from '../../shared/time/clock.ts';
import { FEATURES } from '../../shared/wire/features.ts';
import type { Welcome } from '../../shared/wire/protocol.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Session } from '../engine/sessions.ts';
import type { StoreMark } from '../engine/store-mark.ts';
import { hasResult } from '../lifecycle/record.ts';
import type { OutputLog } from '../output/log.ts';
import type { FormerCommands } from './former-commands.ts';
import type { SessionTurns } from './session-turn.ts';
import type { UnrecordedCommands } from './unrecorded-commands.ts';

export type WelcomeDeps = {
  clock: Pick<Clock, 'now'>;
  ledger: Pick<Ledger, 'get'>;
  outputs: Pick<OutputLog, 'resumeAt'>;
  former: Pick<FormerCommands, 'isFormer' | 'hasEnded'>;
  unrecorded: Pick<UnrecordedCommands, 'hasEnded'>;
  storeMark: Pick<StoreMark, 'now'>;
  turns: Pick<SessionTurns, 'ownRecord'>;
};

/** The answer to a session's hello. `knownMark`: the newest mark that the store gave before it was put back, if it was. */
export function welcomeOf(deps: WelcomeDeps, session: Session, knownMark: number | null): Welcome {
  const { commands } = session.hello;
  const mark = deps.storeMark.now();
  return {
    hostId: session.hostId,
    serverTime: deps.clock.now(),
    output: commands.map(({ id, outputBytes }) => ({
      id,
      offset: deps.turns.ownRecord(session, id) ? deps.outputs.resumeAt(id) : outputBytes,
    })),
    finished: commands.map(({ id }) => id).filter((id) => isFinished(deps, session, id)),
    features: [...FEATURES],
    ...(mark !== null && { storeMark: mark }),
    ...(knownMark !== null && { knownMark }),
  };
}

/** Whether the coordinator needs nothing more of a command that the host holds. It never asks for a command of another host. */
function isFinished({ ledger, former, unrecorded, turns }: WelcomeDeps, session: Session, id: string): boolean {
  const stored = ledger.get(id);
  // An agent without marks drops unknown commands without reporting their ends.
  if (stored === null)
    return !session.hello.features?.includes('store_mark') || unrecorded.hasEnded(session.hostId, id);
  if (former.isFormer(stored)) return former.hasEnded(id);
  const record = turns.ownRecord(session, id);
  return record === null || hasResult(record);
}
