import type { AttentionItem } from '../../shared/attention.ts';
import type { Command } from '../../shared/command.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Signals } from '../engine/signals.ts';
import type { Roster } from '../hosts/roster.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { attentionOf, settle, settles } from './items.ts';

/** Everything that waits for a person now. */
export type AttentionList = {
  items(): AttentionItem[];
};

export type AttentionListDeps = {
  /** Commands that nobody had dealt with at the start, in the order of their ends. */
  stored: readonly CommandRecord[];
  ledger: Pick<Ledger, 'allCommitted'>;
  roster: Pick<Roster, 'all' | 'byId'>;
  signals: Pick<Signals, 'ended'>;
};

export function createAttentionList({ stored, ledger, roster, signals }: AttentionListDeps): AttentionList {
  let unsettled = stored.map(({ command }) => command).reduce<readonly Command[]>(settle, []);
  /** A removed host's commands need nobody's attention. */
  const isThere = ({ hostId }: Command): boolean => roster.byId(hostId) !== null;

  signals.ended.listen((command) => {
    unsettled = settle(unsettled.filter(isThere), command);
    const host = roster.byId(command.hostId);
    if (!host || !settles(command)) return;
    const sentAt = command.dispatchedAt ?? 0;
    if (host.duplicateAt !== null && sentAt >= host.duplicateAt) host.duplicateAt = null;
    if (host.putBackAt !== null && sentAt >= host.putBackAt) host.putBackAt = null;
  });

  return {
    items() {
      const live = ledger.allCommitted();
      return attentionOf({
        live,
        guards: live.flatMap(({ command, guard }) => {
          const said = roster.byId(command.hostId)?.known?.report.guard;
          return guard && said?.commandId === command.id ? [{ guard: said, command }] : [];
        }),
        unsettled: unsettled.filter(isThere),
        duplicates: roster
          .all()
          .flatMap(({ id: hostId, duplicateAt: since }) => (since === null ? [] : { hostId, since })),
        putBack: roster.all().flatMap(({ name, putBackAt: since }) => (since === null ? [] : { name, since })),
      });
    },
  };
}
