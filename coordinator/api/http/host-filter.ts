import { SwitchyardError } from '../../../shared/api/errors.ts';
import type { Roster } from '../../hosts/roster.ts';
import type { Store } from '../../store/port.ts';

export type HostFilterDeps = { roster: Pick<Roster, 'find'>; store: Pick<Store, 'commands' | 'events'> };

/** The host id that a `host=` filter names: of a host by id or name, or of a removed one that left commands or events. */
export async function hostIdMeant({ roster, store }: HostFilterDeps, idOrName: string): Promise<string> {
  const host = roster.find(idOrName);
  if (host) return host.id;
  const leftBehind =
    (await store.commands.list({ hostId: idOrName, limit: 1 })).items.length > 0 ||
    (await store.events.list({ hostId: idOrName, first: 'newest', limit: 1 })).items.length > 0;
  if (leftBehind) return idOrName;
  throw new SwitchyardError('unknown_host', `No host has the id or name "${idOrName}"`);
}
