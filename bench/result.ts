/** A row of bench/README.md, Budgets, or a part of one: the measurements of both sides, and whether they are within budget. */

/** The limited figure: ours ÷ floor, ours − floor, or ours alone. */
export type Budget = { on: 'ratio' | 'difference' | 'ours' } & ({ atMost: number } | { atLeast: number });

/** `floor` is null only if there is nothing to compare with. */
export type Round = { ours: number; floor: number | null };

export type Measured = {
  /** As in bench/README.md, Budgets. */
  row: string;
  /** Which part of the row, where it has several ("process launcher, p50"). */
  part?: string;
  /** The unit of ours and floor ("ms", "kB", "heartbeats per CPU second"). */
  unit: string;
  /** A description of each side, in one sentence. */
  ours: string;
  floor: string;
  budget: Budget;
  /** At least five; both sides of one round were measured directly after each other, or at once. */
  rounds: readonly Round[];
  /** Turns the rounds into one figure; the median by default. The mean if a cost comes once in several rounds. */
  middle?: 'median' | 'mean';
  /** For a missed budget: the obstacle, by the profile. */
  inTheWay?: string;
  /** Raw figures and conditions worth keeping. */
  notes?: readonly string[];
};

export type Result = Omit<Measured, 'rounds'> & {
  rounds: readonly (Round & { ratio: number | null })[];
  /** The median or mean of each side, and of the ratio. */
  overall: { ours: number; floor: number | null; ratio: number | null };
  /** The figure that the budget limits: overall, and its extremes over the rounds. */
  figure: { overall: number; min: number; max: number };
  within: boolean;
};

const MIN_ROUNDS = 5;

/** Middle value, or the mean of the two in the middle. Throws without values. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Linear between the two nearest; `percent` from 0 to 100. Throws without values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('no values');
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * The median of the rounds decides, or the mean of each side. Throws with fewer than five rounds, or without a floor that the
 * budget needs.
 */
export function judge(measured: Measured): Result {
  const { budget, middle } = measured;
  if (measured.rounds.length < MIN_ROUNDS) throw new Error(`${measured.row}: only ${measured.rounds.length} rounds`);
  const rounds = measured.rounds.map(withRatio);
  const figures = rounds.map((round) => figureOf(measured, round));
  const overall = middle === 'mean' ? meanOf(rounds) : medianOf(rounds);
  const figure = middle === 'mean' ? figureOf(measured, overall) : median(figures);
  return {
    ...measured,
    rounds,
    overall,
    figure: { overall: figure, min: Math.min(...figures), max: Math.max(...figures) },
    within: 'atMost' in budget ? figure <= budget.atMost : figure >= budget.atLeast,
  };
}

type Compared = Result['overall'];

const withRatio = ({ ours, floor }: Round): Compared => ({ ours, floor, ratio: floor === null ? null : ours / floor });

function figureOf({ row, budget }: Measured, { ours, floor, ratio }: Compared): number {
  const figure = budget.on === 'ours' ? ours : budget.on === 'ratio' ? ratio : floor === null ? null : ours - floor;
  if (figure === null) throw new Error(`${row}: a budget on the ${budget.on} needs a floor`);
  return figure;
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

function medianOf(rounds: readonly Compared[]): Compared {
  const orNull = (values: number[]) => (values.length > 0 ? median(values) : null);
  return {
    ours: median(rounds.map(({ ours }) => ours)),
    floor: orNull(known(rounds.map(({ floor }) => floor))),
    ratio: orNull(known(rounds.map(({ ratio }) => ratio))),
  };
}

function meanOf(rounds: readonly Compared[]): Compared {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const floors = known(rounds.map(({ floor }) => floor));
  return withRatio({
    ours: mean(rounds.map(({ ours }) => ours)),
    floor: floors.length > 0 ? mean(floors) : null,
  });
}
