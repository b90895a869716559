import type { Command } from '../../shared/model/command.ts';
import type { EventLevel } from '../../shared/model/event.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Roster } from '../hosts/roster.ts';

/** The events about a host's connection. */
export type HostWords = {
  say(hostId: string, level: EventLevel, code: string, message: string, next: string | null): void;
  online(hostId: string): void;
  /** `op`: the op that was to end the connection; null without one. */
  offline(hostId: string, op: string | null): void;
  /** Another agent, with this host name, came with the same token. */
  duplicate(hostId: string, hostname: string): void;
  /** The store has lost commits that the host knew of. */
  putBack(hostId: string): void;
  /** A result came for a command that had ended without one. The event also moves the store's mark (store/marks.ts, M1). */
  late(command: Pick<Command, 'id' | 'hostId' | 'op' | 'status'>, ended: string): void;
  /** A frame of this type was cut at these places. */
  cut(hostId: string, type: string, places: readonly string[]): void;
  slowed(hostId: string): void;
};

export type HostWordsDeps = { clock: Clock; ledger: Pick<Ledger, 'event'>; roster: Pick<Roster, 'byId'> };

/** Places that one event names. */
const CUT_PLACES = 5;

export function createHostWords({ clock, ledger, roster }: HostWordsDeps): HostWords {
  const say: HostWords['say'] = (hostId, level, code, message, next) => {
    ledger.event({ at: clock.now(), level, category: 'system', actor: 'system', hostId, code, message, next });
  };
  const nameOf = (hostId: string): string => roster.byId(hostId)?.name ?? hostId;
  return {
    say,
    online: (hostId) => say(hostId, 'info', 'host_online', `${nameOf(hostId)} is online`, null),
    offline: (hostId, op) =>
      op === null
        ? say(hostId, 'warn', 'host_offline', `${nameOf(hostId)} went offline`, null)
        : say(hostId, 'info', 'host_offline', `${nameOf(hostId)} went offline for ${op}`, 'it comes back'),
    duplicate(hostId, hostname) {
      const message = `${nameOf(hostId)}: a second agent with the token of this host was refused (${hostname})`;
      say(hostId, 'error', 'duplicate_agent', message, 'give every host its own token');
    },
    putBack(hostId) {
      const message = `${nameOf(hostId)} knows of commits that this store has lost: an older copy was restored, or a replica without them took over`;
      say(hostId, 'error', 'store_rewound', message, 'its commands are asked for; dispatch the missing ones again');
    },
    late({ id, hostId, op, status }, ended) {
      const message = `${op}: its process went on after the command was ${status}, and ${ended}`;
      const about = { hostId, commandId: id, code: 'late_result', message };
      ledger.event({ at: clock.now(), level: 'info', category: 'system', actor: 'system', ...about });
    },
    cut(hostId, type, places) {
      const where = [...new Set(places)].slice(0, CUT_PLACES).join(', ');
      say(hostId, 'warn', 'frame_cut', `${nameOf(hostId)}: a ${type} was cut to its bounds, at ${where}`, null);
    },
    slowed(hostId) {
      const message = `${nameOf(hostId)} sends frames faster than one host may; the rest waits`;
      say(hostId, 'warn', 'frames_slowed', message, null);
    },
  };
}
