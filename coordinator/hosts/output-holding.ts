import { arrivalOf, type OutputHolding, type OutputSource } from '../../shared/model/output-arrival.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { OutputLog } from '../output/log.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { Roster } from './roster.ts';

export type HoldingOf = (record: CommandRecord) => Read<OutputHolding>;

export type HoldingDeps = {
  outputs: Pick<OutputLog, 'know' | 'size'>;
  sessions: Pick<Sessions, 'isOnline' | 'keeps'>;
  roster: Pick<Roster, 'byId'>;
};

export function createHoldings({ outputs, sessions, roster }: HoldingDeps): HoldingOf {
  function sourceOf(id: string, hostId: string): OutputSource {
    if (!roster.byId(hostId)) return 'none';
    if (!sessions.isOnline(hostId)) return 'offline';
    return sessions.keeps(hostId, id) ? 'online' : 'none';
  }

  return ({ command }) => {
    const { id, hostId, status } = command;
    return whenRead(outputs.know([id]), () => {
      const bytes = outputs.size(id);
      const total = Math.max(bytes, command.output.total);
      const output = { ...command.output, bytes, total };
      return { bytes, total, arrival: arrivalOf({ status, output }, sourceOf(id, hostId)) };
    });
  };
}
