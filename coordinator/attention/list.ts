import type { AttentionItem } from '../../shared/model/attention.ts';
import type { Command } from '../../shared/model/command.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Signals } from '../engine/signals.ts';
import type { Roster } from '../hosts/roster.ts';
import type { CommandRecord } from '../lifecycle/record.ts';
import { attentionOf, settle, settles } from './items.ts';

/** Everything that waits for a person now. */
export type AttentionList = {
  items(): AttentionItem[];
  /** A removed host's commands need no attention. */
  forget(hostId: string): void;
};

export type AttentionListDeps = {
  /** Commands that nobody had dealt with at the start, in the order of their ends. */
  stored: readonly CommandRecord[];
  ledger: Pick<Ledger, 'allCommitted'>;
  roster: Pick<Roster, 'all' | 'byId'>;
  signals: Pick<Signals, 'ended'>;
};

export function createAttentionList({ stored, ledger, roster, signals }: AttentionListDeps): AttentionList {
  /** By host, because an end settles only its own host's items. */
  const unsettled = new Map<string, readonly Command[]>();
  const take = (ended: Command): void => {
    const left = settle(unsettled.get(ended.hostId) ?? [], ended);
    if (left.length > 0) unsettled.set(ended.hostId, left);
    else unsettled.delete(ended.hostId);
  };
  for (const { command } of stored) take(command);

  signals.ended.listen((command) => {
    take(command);
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
        unsettled: [...unsettled].flatMap(([hostId, commands]) => (roster.byId(hostId) ? commands : [])),
        duplicates: roster
          .all()
          .flatMap(({ id: hostId, duplicateAt: since }) => (since === null ? [] : { hostId, since })),
        putBack: roster.all().flatMap(({ name, putBackAt: since }) => (since === null ? [] : { name, since })),
      });
    },
    forget: (hostId) => void unsettled.delete(hostId),
  };
}
