import type { Command, Status } from '../../shared/model/command.ts';
import { builtinOp } from '../../shared/ops/ops.ts';
import type { Family, Sample } from './family.ts';

/** Durations of commands by op and outcome, from the host's accept to the end. Commands that no host accepted are left out. */
export type Durations = {
  ended(command: Pick<Command, 'op' | 'status' | 'acceptedAt' | 'finishedAt'>): void;
  family(): Family;
};

/** Upper bounds in seconds. */
const BUCKETS: readonly number[] = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200];
/** How many ops of OPS_FILE get series of their own. Hosts may name any number. */
const OWN_OPS = 50;
const OTHER = 'other';

type Histogram = { op: string; status: Status; counts: number[]; sum: number; count: number };

export function createDurations(): Durations {
  const histograms = new Map<string, Histogram>();
  const ownOps = new Set<string>();

  function labelOf(op: string): string {
    if (builtinOp(op) || ownOps.has(op)) return op;
    if (ownOps.size >= OWN_OPS) return OTHER;
    ownOps.add(op);
    return op;
  }

  return {
    ended({ op: id, status, acceptedAt, finishedAt }) {
      if (acceptedAt === null || finishedAt === null) return;
      const op = labelOf(id);
      const key = `${op} ${status}`;
      const known = histograms.get(key) ?? { op, status, counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      histograms.set(key, known);
      const seconds = Math.max(0, finishedAt - acceptedAt) / 1000;
      known.sum += seconds;
      known.count += 1;
      const index = BUCKETS.findIndex((bound) => seconds <= bound);
      if (index >= 0) known.counts[index] = (known.counts[index] ?? 0) + 1;
    },
    family: () => ({
      name: 'switchyard_command_duration_seconds',
      type: 'histogram',
      help: "Time from a command's accept to its end, by op and outcome",
      samples: [...histograms.values()].flatMap(samplesOf),
    }),
  };
}

function samplesOf({ op, status, counts, sum, count }: Histogram): Sample[] {
  const labels = { op, outcome: status };
  let below = 0;
  const buckets = BUCKETS.map((bound, index): Sample => {
    below += counts[index] ?? 0;
    return { labels: { ...labels, le: String(bound) }, value: below, suffix: '_bucket' };
  });
  return [
    ...buckets,
    { labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' },
    { labels, value: sum, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}
