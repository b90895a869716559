import type { HistoryEntry } from '../../shared/model/command.ts';
import type { EventWords } from '../../shared/model/event.ts';
import type { CoordinatorFrame } from '../../shared/wire/protocol.ts';
import type { KillOutcome } from './event.ts';
import type { CommandRecord } from './record.ts';

/** Work for the engine once the new record is written; `history` and `event` are written together with it. */
export type Effect =
  | { type: 'history'; entry: HistoryEntry }
  | ({ type: 'event' } & EventWords)
  | { type: 'send'; frame: CoordinatorFrame }
  | { type: 'tell-kill'; commandId: string; outcome: KillOutcome }
  /** `onTimeout: kill`: dispatch a kill in the name of the system. */
  | { type: 'auto-kill' };

export type Step = { record: CommandRecord; effects: readonly Effect[] };

/** Nothing happens: the same record, so that a duplicate changes nothing. */
export const unchanged = (record: CommandRecord): Step => ({ record, effects: [] });
