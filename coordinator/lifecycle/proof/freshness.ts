import type { LayerState, Verdict } from '../../../shared/model/command.ts';
import { OUTCOMES } from '../../../shared/model/outcomes.ts';
import type { Freshness, Report } from '../../../shared/model/report.ts';
import type { FreshnessRule } from '../../../shared/ops/op-definition.ts';

export type FreshnessQuestion = {
  /** The host's last report before the command left for it; null if there was none. */
  before: Report | null;
  /** The first report of the agent that came back. */
  after: Report;
  rule: Exclude<FreshnessRule, 'none'>;
};

type Judgement = Pick<Verdict, 'freshness' | 'reason'>;
type Layers = Pick<Verdict, 'commit' | 'path' | 'hash'>;

/** Judges the agent that came back (docs/lifecycle.md, Freshness after a restart; the numbers are its rules). */
export function judgeFreshness({ before, after, rule }: FreshnessQuestion): Verdict {
  const layers: Layers = {
    commit: compare(before?.freshness.sourceCommit, after.freshness.sourceCommit),
    path: compare(before?.freshness.storePath, after.freshness.storePath),
    hash: compare(before?.freshness.binaryHash, after.freshness.binaryHash),
  };
  return { ...judge(layers, before, after, rule), ...layers };
}

/** Advice on a bad verdict; null for a good one. */
export function freshnessHint({ freshness }: Pick<Verdict, 'freshness'>): string | null {
  if (freshness === 'STALE') return OUTCOMES.stale_binary.hint;
  if (freshness === 'SUSPICIOUS') return OUTCOMES.suspicious_binary.hint;
  return freshness === 'UNKNOWN' ? OUTCOMES.freshness_unknown.hint : null;
}

function judge(layers: Layers, before: Report | null, after: Report, rule: FreshnessQuestion['rule']): Judgement {
  const running = after.freshness;
  const { installed, expectedCommit } = after;
  const replaced = layers.path === 'changed' || layers.hash === 'changed';
  const kept = 'The running build is the one from before';
  const keptNamed = `${kept}: ${nameBuild(running)}`;

  // (1)
  if (compare(installed?.binaryHash, running.binaryHash) === 'changed')
    return {
      freshness: 'STALE',
      reason: `The service would start another agent than the running one: installed is ${nameBuild(installed)}, running is ${nameBuild(running)}`,
    };

  // (2)
  if (replaced) {
    const news = `Another build runs than before: ${nameChange(layers, before, running)}`;
    if (rule === 'full' && compare(running.sourceCommit, expectedCommit) === 'changed')
      return {
        freshness: 'SUSPICIOUS',
        reason: `${news}; but it is of commit ${short(running.sourceCommit)}, while the lock pins ${short(expectedCommit)}`,
      };
    return { freshness: 'FRESH', reason: news };
  }
  const unknown = layers.path === 'unknown' && layers.hash === 'unknown';
  if (rule === 'installed')
    return {
      freshness: 'UNCHANGED',
      reason: unknown ? 'Nothing known shows another build than before' : kept,
    };

  // (3)
  if (unknown)
    return {
      freshness: 'UNKNOWN',
      reason: "Neither the path nor the hash of the agent's build is known both before and after",
    };

  // (4)
  if (layers.commit === 'changed')
    return {
      freshness: 'SUSPICIOUS',
      reason: `The agent names commit ${short(running.sourceCommit)} instead of ${short(before?.freshness.sourceCommit)}, but its build is the one from before: ${nameBuild(running)}`,
    };

  // (5)
  if (expectedCommit !== null)
    return running.sourceCommit === expectedCommit
      ? { freshness: 'UNCHANGED', reason: `${kept}, of commit ${short(expectedCommit)}, which the lock pins` }
      : {
          freshness: 'STALE',
          reason: `${keptNamed}, of commit ${short(running.sourceCommit)}, while the lock pins ${short(expectedCommit)}`,
        };
  return isInstalled(running, installed)
    ? { freshness: 'UNCHANGED', reason: `${kept}, and it is the installed one` }
    : {
        freshness: 'STALE',
        reason: `${keptNamed}; nothing shows that it is the installed one, which is ${nameBuild(installed)}`,
      };
}

/** The hash decides if both are known, else the path if both are known; unknown values are not the same. */
export function isInstalled(running: Freshness, installed: Report['installed']): boolean {
  const hash = compare(installed?.binaryHash, running.binaryHash);
  return (hash === 'unknown' ? compare(installed?.storePath, running.storePath) : hash) === 'same';
}

/** A commit with `-dirty` differs from the one without: its sources are not the commit's. */
function compare(one: string | null | undefined, other: string | null | undefined): LayerState {
  if (one == null || other == null) return 'unknown';
  return one === other ? 'same' : 'changed';
}

function nameChange(layers: Layers, before: Report | null, running: Freshness): string {
  const from = before?.freshness;
  return layers.path === 'changed'
    ? `${from?.storePath} became ${running.storePath}`
    : `hash ${short(from?.binaryHash)} became ${short(running.binaryHash)}`;
}

function nameBuild(build: { storePath: string | null; binaryHash: string | null } | null): string {
  if (build?.binaryHash == null) return build?.storePath ?? 'unknown';
  const hash = `hash ${short(build.binaryHash)}`;
  return build.storePath === null ? hash : `${build.storePath} (${hash})`;
}

/** The first 12 characters of a hash or commit id, keeping a commit's `-dirty`. */
export function short(id: string | null | undefined): string {
  if (id == null) return 'unknown';
  return id.endsWith('-dirty') ? `${id.slice(0, -'-dirty'.length).slice(0, 12)}-dirty` : id.slice(0, 12);
}
