import type { Clock } from '../../shared/time/clock.ts';
import type { Hello } from '../../shared/wire/protocol.ts';
import type { Feed } from '../engine/changes.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { StoreMark } from '../engine/store-mark.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostWords } from './host-words.ts';

/** Hosts that know of commits which the store has lost: it was put back. */
export type PutBack = {
  /** The newest mark that the store gave before the loss, if it does not know the hello's mark; else null. */
  lostSince(hello: Hello): number | null;
  /** Reports the loss, once per host and start: the welcome gives the agent a known mark. */
  tell(hostId: string): void;
};

export type PutBackDeps = {
  clock: Clock;
  ledger: Pick<Ledger, 'afterCommit' | 'commit'>;
  roster: Pick<Roster, 'byId'>;
  feed: Pick<Feed, 'publish'>;
  words: Pick<HostWords, 'putBack'>;
  storeMark: Pick<StoreMark, 'known'>;
};

export function createPutBack({ clock, ledger, roster, feed, words, storeMark }: PutBackDeps): PutBack {
  return {
    lostSince({ storeMark: mark }) {
      const known = mark === undefined ? 0 : storeMark.known(mark);
      return mark === undefined || known === mark ? null : known;
    },
    tell(hostId) {
      const host = roster.byId(hostId);
      if (!host || host.putBackAt !== null) return;
      // Set at once, because another hello may come before the commit.
      host.putBackAt = clock.now();
      words.putBack(hostId);
      ledger.afterCommit(() => feed.publish([{ type: 'attention' }]));
      ledger.commit().catch(() => {
        host.putBackAt = null;
      });
    },
  };
}
