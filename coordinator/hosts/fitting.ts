import { SwitchyardError } from '../../shared/api/errors.ts';
import { hostState } from '../../shared/looks/host-look.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import { asksState, parseWhere, type Where } from '../../shared/where/where.ts';
import { matchesWhere } from '../../shared/where/where-match.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Store } from '../store/port.ts';
import { type Read, whenRead } from '../store/read.ts';
import type { Roster } from './roster.ts';
import type { HostViews } from './view.ts';

/** Which hosts fit a `where`, as they are now (docs/where.md). */
export type Fitting = {
  /** Ids of all hosts that fit. Throws `invalid_where` with the position of the fault. */
  ids(where: string): Read<ReadonlySet<string>>;
};

export type FittingDeps = {
  store: Pick<Store, 'commands'>;
  ledger: Pick<Ledger, 'committedLive'>;
  roster: Pick<Roster, 'all'>;
  views: Pick<HostViews, 'of' | 'prepare'>;
  attention: () => AttentionItem[];
};

/** The expression; throws `invalid_where`. */
function whereMeant(text: string): Where {
  const parsed = parseWhere(text);
  if ('where' in parsed) return parsed.where;
  const { position, message } = parsed.fault;
  throw new SwitchyardError('invalid_where', message, { position });
}

export function createFitting({ store, ledger, roster, views, attention }: FittingDeps): Fitting {
  return {
    ids(text) {
      const where = whereMeant(text);
      const hostIds = roster.all().map(({ id }) => id);
      // Only a host's state needs a read.
      const latest = asksState(where) ? store.commands.latestPerHost() : [];
      return whenRead(latest, (records) =>
        whenRead(views.prepare(hostIds), () => {
          const stored = new Map(records.map(({ command }) => [command.hostId, command]));
          const needy = new Set(attention().map(({ hostId }) => hostId));
          return new Set(
            hostIds.filter((id) => {
              const host = views.of(id);
              if (!host) return false;
              const newest = ledger.committedLive(id).at(-1)?.command;
              const before = stored.get(id);
              const last = newest && (!before || newest.id > before.id) ? newest : before;
              return matchesWhere(where, host, hostState(host, last, needy.has(id)));
            }),
          );
        }),
      );
    },
  };
}
