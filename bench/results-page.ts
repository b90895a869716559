import { budgetText, rounded, spreadText, titleOf, verdictText } from './figures.ts';
import { type Outcome, tableLines } from './program.ts';
import type { Result } from './result.ts';

/** Where `npm run bench` writes the page, from the root of the repository. */
export const RESULTS_PAGE = 'bench/results.md';

const COLUMNS = ['what', 'ours', 'floor', 'ratio', 'spread', 'budget', ''];

const cells = (result: Result): string[] => {
  const { overall, unit, budget } = result;
  return [
    titleOf(result),
    `${rounded(overall.ours)} ${unit}`,
    overall.floor === null ? '–' : `${rounded(overall.floor)} ${unit}`,
    overall.ratio === null ? '–' : `${rounded(overall.ratio)} ×`,
    spreadText(result),
    budgetText(budget, unit),
    verdictText(result),
  ];
};

/** The profiles' findings for each missed budget. */
const inTheWay = (results: readonly Result[]): string[] =>
  results
    .filter(({ within }) => !within)
    .map((result) => `In the way of **${titleOf(result)}**: ${result.inTheWay ?? 'not known yet'}\n`);

const rawLines = ({ program, results }: Outcome): string[] => [
  `### ${program}`,
  '',
  ...results.flatMap((result) => [
    `**${titleOf(result)}** (${result.unit})`,
    '',
    `Ours: ${result.ours}. Floor: ${result.floor}.`,
    '',
    ...tableLines({
      title: '',
      columns: ['round', ...result.rounds.map((_, index) => index + 1)].map(String),
      lines: [
        ['ours', ...result.rounds.map(({ ours }) => rounded(ours))],
        ['floor', ...result.rounds.map(({ floor }) => (floor === null ? '–' : rounded(floor)))],
        ['ratio', ...result.rounds.map(({ ratio }) => (ratio === null ? '–' : rounded(ratio)))],
      ],
    }).slice(2),
    '',
    ...(result.notes ?? []).flatMap((note) => [`- ${note}`]),
    ...(result.notes?.length ? [''] : []),
  ]),
];

/**
 * The page of results: one line per budget, how cost grows, and every raw figure. `conditions`: see conditions.ts; `failed` are
 * programs that gave no outcome.
 */
export function resultsPage(conditions: string, outcomes: readonly Outcome[], failed: readonly string[]): string {
  const tables = outcomes.flatMap((outcome) => outcome.tables);
  const budgets = {
    title: '',
    columns: COLUMNS,
    lines: outcomes.flatMap(({ results }) => results.map(cells)),
  };
  return `${[
    '# Measured',
    '',
    `Written by \`npm run bench\`: ${conditions}.`,
    'Every figure is the median of its rounds, or their mean where its notes say so; the spread is that of the figure the budget is set on, from the least to the',
    'greatest round. Both sides ran on this machine in this run, and the load came from the same machine.',
    '',
    ...tableLines(budgets).slice(2),
    '',
    ...inTheWay(outcomes.flatMap(({ results }) => results)),
    ...failed.map((program) => `**${program} failed and gave no figures.**\n`),
    ...(tables.length > 0 ? ['## How cost grows', ''] : []),
    ...tables.flatMap((table) => [...tableLines({ ...table, title: `### ${table.title}` }), '']),
    '## Raw figures',
    '',
    ...outcomes.filter(({ results }) => results.length > 0).flatMap(rawLines),
  ]
    .join('\n')
    .trimEnd()}\n`;
}
