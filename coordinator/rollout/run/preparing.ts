import type { Roster } from '../../hosts/roster.ts';
import type { Read } from '../../store/read.ts';
import type { Book } from './book.ts';

/** Reads the past of a rollout's hosts, once, before the first look at it. */
export type Preparing = {
  /** Whether the past is read. If not, it is being read from then on. */
  isReady(book: Book): boolean;
  forget(id: string): void;
};

export type PreparingDeps = {
  roster: Pick<Roster, 'byId'>;
  /** Reads the proof in these hosts' past commands. */
  prepare: (hostIds: Iterable<string>) => Read<void>;
  /** The past of this rollout's hosts is read. */
  onReady: (id: string) => void;
};

export function createPreparing({ roster, prepare, onReady }: PreparingDeps): Preparing {
  const prepared = new Set<string>();
  return {
    isReady({ rows, record: { rollout } }) {
      if (prepared.has(rollout.id)) return true;
      prepared.add(rollout.id);
      const ready = prepare([...rows.keys()].filter((id) => roster.byId(id)));
      if (!(ready instanceof Promise)) return true;
      void ready.then(
        () => onReady(rollout.id),
        () => prepared.delete(rollout.id),
      );
      return false;
    },
    forget: (id) => void prepared.delete(id),
  };
}
