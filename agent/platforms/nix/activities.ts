import type { StepProgress } from '../../spool/step-progress.ts';
import { type Counts, createActivitySums } from './activity-sums.ts';
import { ACTIVITY, type NixResult, type NixStart, RESULT } from './event.ts';
import { storeName } from './store-name.ts';

type Activity = {
  type: number;
  /** Nix's description, without colours; may be empty. */
  text: string;
  /** The name of its package; empty without one. */
  name: string;
  /** The phase of a build, as the builder names it, or of a fetch, as git names it. */
  stage: string;
  counts: Counts;
  /** Bytes that it expects to copy, unpacked. */
  bytes: number;
};

export type NixActivities = {
  start(event: NixStart): void;
  stop(id: string): void;
  result(event: NixResult): void;
  /** The name of the package that a line comes from; empty if unknown. */
  nameOf(id: string): string;
  /** A file of the configuration is being evaluated. */
  evaluates(): void;
  /** Nix has ended well: all that it set out to do is done, whatever it expected. */
  succeeds(): void;
  progress(): StepProgress;
};

/** Nix never runs this many at once. Output that claims more does not come from nix. */
const MOST_ACTIVITIES = 10_000;

const LONGEST_TEXT = 300;

/**
 * Adds up what nix does.
 *
 * N1  A stopped activity stays counted, and so do builds during an evaluation (activity-sums.ts).
 * N2  A total is shown once the first package is built or fetched: until then nix only guesses, and may come down from hundreds to a few.
 *     From then on it never shrinks, even though nix no longer expects failed packages, or fetches that became builds.
 */
export function createNixActivities(): NixActivities {
  const live = new Map<string, Activity>();
  const sums = createActivitySums();
  let files = 0;
  /** Nix builds and fetches; else it evaluates. */
  let realises = false;

  /** The largest counts shown so far. */
  let builds = 0;
  let total = 0;
  let hasBegun = false;
  let hasSucceeded = false;

  /** The longest comes first, because people wait for it. */
  function liveOf(...types: readonly number[]): Activity[] {
    return [...live.values()].filter(({ type }) => types.includes(type));
  }

  function evaluation(): StepProgress {
    const fetch = liveOf(ACTIVITY.fileTransfer, ACTIVITY.fetchTree).find(({ text }) => text !== '');
    const { done, expected } = fetch?.counts ?? { done: 0, expected: 0 };
    const parts = fetch
      ? [fetch.text, fetch.stage, expected > 0 ? size(done, expected) : '']
      : ['evaluating', files > 0 ? `${files} ${files === 1 ? 'file' : 'files'}` : ''];
    return { current: null, total: null, text: shorten(parts.filter((part) => part !== '').join(', ')) };
  }

  function realisation(): StepProgress {
    const built = sums.of(ACTIVITY.builds);
    const fetched = sums.of(ACTIVITY.copyPaths);
    const copied = sums.of(ACTIVITY.copyPath);
    // Nix no longer expects builds that a failure prevented. It expects a build that a cache has after all among the fetches.
    builds = Math.max(built.expected + built.failed, built.failed > 0 ? builds : 0);
    if (hasSucceeded) builds = built.done + built.failed;
    const fetches = hasSucceeded ? fetched.done : fetched.expected;
    const bytes = Math.max(sums.expectedBytes(), copied.done);
    const parts = [
      builds > 0 ? `${built.done} of ${builds} built` : '',
      built.failed > 0 ? `${built.failed} failed` : '',
      fetches > 0 ? `${fetched.done} of ${fetches} fetched` : '',
      bytes > 0 ? (fetched.done < fetches ? size(copied.done, bytes) : size(bytes)) : '',
    ].filter((part) => part !== '');
    if (builds + fetches === 0 && total === 0) return { current: null, total: null, text: 'nothing to build or fetch' };
    const text = shorten(parts.join(', ') + underWay());
    hasBegun ||= built.done + built.failed + fetched.done > 0 || liveOf(ACTIVITY.build, ACTIVITY.copyPath).length > 0;
    if (!hasBegun) return { current: null, total: null, text };
    total = hasSucceeded ? builds + fetches : Math.max(total, builds + fetches);
    return { current: built.done + fetched.done, total, text };
  }

  function underWay(): string {
    const builds = liveOf(ACTIVITY.build);
    const all = builds.length > 0 ? builds : liveOf(ACTIVITY.copyPath);
    const [first] = all;
    if (!first) return '';
    const stage = first.stage === '' ? '' : ` (${first.stage})`;
    return ` · ${first.name}${stage}${all.length > 1 ? ` and ${all.length - 1} more` : ''}`;
  }

  return {
    start({ id, type, text, fields: [about] = [] }) {
      if (type === ACTIVITY.realise) realises = true;
      if (live.size >= MOST_ACTIVITIES) return;
      const hasName = type === ACTIVITY.build || type === ACTIVITY.copyPath || type === ACTIVITY.postBuildHook;
      const name = hasName && typeof about === 'string' ? storeName(about) : '';
      live.set(id, { type, text, name, stage: '', counts: { done: 0, expected: 0, failed: 0 }, bytes: 0 });
    },
    stop: (id) => void live.delete(id),
    result({ id, type, fields = [] }) {
      const activity = live.get(id);
      if (!activity) return;
      if (type === RESULT.progress) sums.count(activity, fields);
      else if (type === RESULT.setExpected) sums.expect(activity, fields);
      else if (type === RESULT.setPhase || type === RESULT.fetchStatus) activity.stage = String(fields[0] ?? '');
    },
    nameOf: (id) => live.get(id)?.name ?? '',
    evaluates() {
      files += 1;
      // The builds that the evaluation needed are done, and the evaluation continues.
      realises = false;
    },
    succeeds() {
      hasSucceeded = true;
    },
    progress: () => (realises ? realisation() : evaluation()),
  };
}

/** The parts in one unit, so that they can be compared at a glance: `18 of 210 MiB`. */
function size(...parts: number[]): string {
  const [bytes, unit] = Math.max(...parts) < 2 ** 20 ? [2 ** 10, 'KiB'] : [2 ** 20, 'MiB'];
  return `${parts.map((part) => Math.round(part / bytes)).join(' of ')} ${unit}`;
}

const shorten = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text);
