import type { AttentionItem } from '../../shared/attention.ts';
import type { Command } from '../../shared/command.ts';
import type { Engine } from '../engine/engine.ts';
import type { Roster } from '../hosts/roster.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { attentionOf, settle, settles } from './items.ts';

/** All that waits for a person now. */
export type AttentionList = {
  items(): AttentionItem[];
  /** To be told once of each command that has ended, in the order of their ends. */
  ended(command: Command): void;
};

export type AttentionListDeps = {
  /** Commands that nobody had dealt with at the start, in the order of their ends. */
  stored: readonly CommandRecord[];
  engine: Pick<Engine, 'allCommitted'>;
  roster: Pick<Roster, 'all' | 'byId'>;
};

export function createAttentionList({ stored, engine, roster }: AttentionListDeps): AttentionList {
  let unsettled = stored.map(({ command }) => command).reduce<readonly Command[]>(settle, []);
  /** What a removed host left undone is nobody's task any more. */
  const isThere = ({ hostId }: Command): boolean => roster.byId(hostId) !== null;

  return {
    items: () =>
      attentionOf({
        live: engine.allCommitted(),
        unsettled: unsettled.filter(isThere),
        duplicates: roster
          .all()
          .flatMap(({ id: hostId, duplicateAt: since }) => (since === null ? [] : { hostId, since })),
      }),
    ended(command) {
      unsettled = settle(unsettled.filter(isThere), command);
      const host = roster.byId(command.hostId);
      if (host?.duplicateAt && settles(command) && (command.dispatchedAt ?? 0) >= host.duplicateAt)
        host.duplicateAt = null;
    },
  };
}
