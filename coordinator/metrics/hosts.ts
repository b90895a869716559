import { COMPARTMENTS } from '../../shared/model/host.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import { type Family, gauge, type Sample } from './family.ts';

/** How many hosts have series of their own. A scrape of them blocks the loop for 50 ms. */
const MOST_HOSTS = 2_000;

export type HostFamiliesDeps = {
  roster: Pick<Roster, 'all'>;
  sessions: Pick<Sessions, 'isOnline'>;
  views: Pick<HostViews, 'of' | 'isPrepared'>;
  most?: number;
};

/** Each host's series, oldest hosts first, and the number of hosts without any. */
export function hostFamilies({ roster, sessions, views, most = MOST_HOSTS }: HostFamiliesDeps): Family[] {
  const all = roster.all();
  const hosts = all.slice(0, most);
  const seen = hosts.flatMap(({ name: host, known }): Sample[] =>
    known === null ? [] : [{ labels: { host }, value: known.lastSeenAt / 1000 }],
  );
  const compartments = hosts.flatMap(({ id, name: host }): Sample[] => {
    const view = views.isPrepared(id) ? views.of(id) : null;
    return view === null
      ? []
      : COMPARTMENTS.map((compartment) => ({
          labels: { host, compartment, status: view.compartments[compartment].status },
          value: 1,
        }));
  });
  return [
    gauge(
      'switchyard_host_online',
      '1 if the agent of the host is connected',
      hosts.map(({ id, name: host }) => ({ labels: { host }, value: Number(sessions.isOnline(id)) })),
    ),
    gauge('switchyard_host_last_seen_timestamp_seconds', 'When the host was last heard', seen),
    gauge('switchyard_host_compartment', 'Always 1: the status of each compartment of the host', compartments),
    gauge('switchyard_hosts_without_series', `Hosts beyond the first ${MOST_HOSTS}, which have no series`, [
      { value: all.length - hosts.length },
    ]),
  ];
}
