import type { Hello } from '../../shared/wire/protocol.ts';
import type { HostEntry } from '../hosts/roster.ts';

type Ids = Pick<Hello, 'bootId' | 'instanceId'>;

/**
 * A host's earlier boots and agents. On one machine none of them returns. One that returns runs on a second machine with a copy of the
 * disk, which has the same token and state folder. Nothing else distinguishes the two machines. In memory only.
 */
export type Followed = {
  /** Records that the ids of this hello replace the host's last ones. */
  follows(host: HostEntry, hello: Ids): void;
  /** Whether the hello comes from an earlier boot or agent. */
  has(host: HostEntry, hello: Ids): boolean;
};

/** The most ids of earlier boots and agents kept for each host. */
const MOST = 6;

export function createFollowed(): Followed {
  const followed = new WeakMap<HostEntry, string[]>();
  return {
    follows(host, { bootId, instanceId }) {
      const { known } = host;
      if (known === null) return;
      const ids = followed.get(host) ?? [];
      if (known.bootId !== bootId) ids.push(known.bootId);
      if (known.instanceId !== instanceId) ids.push(known.instanceId);
      // The copy may be the only machine left. It is then the host.
      const left = ids.filter((id) => id !== bootId && id !== instanceId).slice(-MOST);
      if (left.length > 0) followed.set(host, left);
      else followed.delete(host);
    },
    has(host, { bootId, instanceId }) {
      const ids = followed.get(host) ?? [];
      return ids.includes(bootId) || ids.includes(instanceId);
    },
  };
}
