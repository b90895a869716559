/** A row of DESIGN.md section 4, or a part of one: what was measured, on both sides, and whether it is within budget. */

/** What the budget is set on: ours ÷ floor, ours − floor, or ours alone. */
export type Budget = { on: 'ratio' | 'difference' | 'ours' } & ({ atMost: number } | { atLeast: number });

/** `floor` is null only where there is nothing to compare with. */
export type Round = { ours: number; floor: number | null };

export type Measured = {
  /** As in DESIGN.md section 4. */
  row: string;
  /** Which part of the row, where it has several ("process launcher, p50"). */
  part?: string;
  /** Of ours and floor ("ms", "kB", "heartbeats per CPU second"). */
  unit: string;
  /** What each side is, in one sentence. */
  ours: string;
  floor: string;
  budget: Budget;
  /** At least five; both sides of one round were measured directly after each other, or at once. */
  rounds: readonly Round[];
  /** Raw figures and conditions worth keeping. */
  notes?: readonly string[];
};

export type Result = Omit<Measured, 'rounds'> & {
  rounds: readonly (Round & { ratio: number | null })[];
  /** Of each side, and of the ratio. */
  median: { ours: number; floor: number | null; ratio: number | null };
  /** The figure that the budget is set on: its median and its extremes over the rounds. */
  figure: { median: number; min: number; max: number };
  within: boolean;
};

export const MIN_ROUNDS = 5;

/** Middle value, or the mean of the two in the middle. Throws where there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Linear between the two nearest; `percent` from 0 to 100. Throws where there is no value. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('no values');
  return below + (above - below) * (place - Math.floor(place));
}

/** The median of the rounds decides. Throws where there are fewer rounds than five, or no floor although the budget needs one. */
export function judge(measured: Measured): Result {
  const { budget } = measured;
  if (measured.rounds.length < MIN_ROUNDS) throw new Error(`${measured.row}: only ${measured.rounds.length} rounds`);
  const rounds = measured.rounds.map(({ ours, floor }) => ({
    ours,
    floor,
    ratio: floor === null ? null : ours / floor,
  }));
  const figures = rounds.map(({ ours, floor, ratio }) => {
    const figure = budget.on === 'ours' ? ours : budget.on === 'ratio' ? ratio : floor === null ? null : ours - floor;
    if (figure === null) throw new Error(`${measured.row}: a budget on the ${budget.on} needs a floor`);
    return figure;
  });
  const middle = median(figures);
  const known = (values: (number | null)[]) => values.filter((value) => value !== null);
  const medianOrNull = (values: number[]) => (values.length > 0 ? median(values) : null);
  return {
    ...measured,
    rounds,
    median: {
      ours: median(rounds.map(({ ours }) => ours)),
      floor: medianOrNull(known(rounds.map(({ floor }) => floor))),
      ratio: medianOrNull(known(rounds.map(({ ratio }) => ratio))),
    },
    figure: { median: middle, min: Math.min(...figures), max: Math.max(...figures) },
    within: 'atMost' in budget ? middle <= budget.atMost : middle >= budget.atLeast,
  };
}
