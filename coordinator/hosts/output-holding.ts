import { arrivalOf, type OutputHolding, type OutputSource } from '../../shared/output-arrival.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import type { Roster } from './roster.ts';

export type HoldingOf = (record: CommandRecord) => OutputHolding;

export type HoldingDeps = {
  /** Durable bytes of a command's output. */
  size: (id: string) => number;
  sessions: Pick<Sessions, 'isOnline' | 'keeps'>;
  roster: Pick<Roster, 'byId'>;
};

export const createHoldings =
  ({ size, sessions, roster }: HoldingDeps): HoldingOf =>
  ({ command }) => {
    const { id, hostId, status } = command;
    const bytes = size(id);
    const total = Math.max(bytes, command.output.total);

    function source(): OutputSource {
      if (!roster.byId(hostId)) return 'none';
      if (!sessions.isOnline(hostId)) return 'offline';
      return sessions.keeps(hostId, id) ? 'online' : 'none';
    }

    return { bytes, total, arrival: arrivalOf({ status, output: { ...command.output, bytes, total } }, source()) };
  };
