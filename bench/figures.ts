import type { Budget, Result } from './result.ts';

/** Formats figures for the terminal and the page of results. */

/** Three significant digits, and no needless zeros. */
export function rounded(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

const SIGN = { ratio: ' ×', difference: '', ours: '' } as const satisfies Record<Budget['on'], string>;

/** `≤ 2 ×`, `≤ 10 ms above the floor`. */
export function budgetText(budget: Budget, unit: string): string {
  const limit = 'atMost' in budget ? `≤ ${budget.atMost}` : `≥ ${budget.atLeast}`;
  if (budget.on === 'ratio') return `${limit} ×`;
  return budget.on === 'difference' ? `${limit} ${unit} above the floor` : `${limit} ${unit}`;
}

/** `within`, or how far it is over. */
export function verdictText({ budget, figure, within }: Result): string {
  if (within) return 'within';
  const limit = 'atMost' in budget ? budget.atMost : budget.atLeast;
  if (limit === 0) return `over by ${rounded(figure.overall)}`;
  const percent = rounded(Math.abs(figure.overall / limit - 1) * 100);
  return 'atMost' in budget ? `**${percent} % over**` : `**${percent} % short**`;
}

export const spreadText = ({ budget, figure }: Result): string =>
  `${rounded(figure.min)} – ${rounded(figure.max)}${SIGN[budget.on]}`;

export const titleOf = ({ row, part }: Pick<Result, 'row' | 'part'>): string => (part ? `${row}: ${part}` : row);

/** For the terminal: one block per result. */
export function resultLines(result: Result): string[] {
  const { unit, budget, figure, overall, rounds } = result;
  const both = rounds.map(({ ours, floor }) => `${rounded(ours)} / ${floor === null ? '–' : rounded(floor)}`);
  return [
    titleOf(result),
    `  ours   ${rounded(overall.ours)} ${unit} (${result.ours})`,
    `  floor  ${overall.floor === null ? '–' : `${rounded(overall.floor)} ${unit}`} (${result.floor})`,
    `  rounds ${both.join(', ')}`,
    `  ${budget.on}  ${rounded(figure.overall)}${SIGN[budget.on]} (${spreadText(result)}), budget ${budgetText(budget, unit)}: ${verdictText(result)}`,
    ...(result.within || !result.inTheWay ? [] : [`  In the way: ${result.inTheWay}`]),
    ...(result.notes ?? []).map((note) => `  ${note}`),
  ];
}
