import { isActive } from '../../shared/model/command.ts';
import type { CommandRecord } from '../lifecycle/record.ts';

/** The records in memory, by command and by host. */
export type Memory = {
  get(id: string): CommandRecord | null;
  /** The host's records, oldest first. */
  of(hostId: string): readonly CommandRecord[];
  all(): Iterable<CommandRecord>;
  put(record: CommandRecord): void;
  drop(record: CommandRecord): void;
};

/** A record that stays in memory. */
export const isLive = (record: CommandRecord): boolean => record.open || isActive(record.command.status);

export function createMemory(): Memory {
  const records = new Map<string, CommandRecord>();
  const byHost = new Map<string, Set<string>>();
  return {
    get: (id) => records.get(id) ?? null,
    of(hostId) {
      const ids = byHost.get(hostId);
      // Asked at every heartbeat, and usually empty.
      return ids ? [...ids].flatMap((id) => records.get(id) ?? []) : [];
    },
    all: () => records.values(),
    put(record) {
      const { id, hostId } = record.command;
      records.set(id, record);
      const ids = byHost.get(hostId);
      if (ids) ids.add(id);
      else byHost.set(hostId, new Set([id]));
    },
    drop(record) {
      const { id, hostId } = record.command;
      records.delete(id);
      const ids = byHost.get(hostId);
      ids?.delete(id);
      if (ids?.size === 0) byHost.delete(hostId);
    },
  };
}
