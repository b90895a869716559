import type { Ledger } from '../../engine/ledger.ts';
import type { RolloutHostRow } from '../record.ts';
import type { Book } from './book.ts';

/** Changes of rows of a rollout's hosts, in the present turn: shown once they are durable, and taken back with a failed turn. */
export type RowChanges = {
  /** `undoMore`: also runs when a failed turn is taken back. */
  put(book: Book, row: RolloutHostRow, undoMore?: () => void): void;
  change(book: Book, hostIds: Iterable<string>, to: (row: RolloutHostRow) => RolloutHostRow): void;
};

export function createRowChanges(ledger: Pick<Ledger, 'also' | 'afterCommit'>): RowChanges {
  function put(book: Book, row: RolloutHostRow, undoMore?: () => void): void {
    const before = book.rows.get(row.hostId);
    book.putRow(row);
    ledger.also({ type: 'rollout_host', rolloutId: book.record.rollout.id, host: row }, () => {
      undoMore?.();
      if (before) book.putRow(before);
    });
    ledger.afterCommit(() => book.shown.putRow(row));
  }

  const change = (book: Book, hostIds: Iterable<string>, to: (row: RolloutHostRow) => RolloutHostRow): void => {
    for (const hostId of hostIds) {
      const row = book.rows.get(hostId);
      if (row) put(book, to(row));
    }
  };

  return { put, change };
}
