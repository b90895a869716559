import { budgetText, rounded, spreadText, titleOf, verdictText } from './figures.ts';
import { type Outcome, tableLines } from './program.ts';
import type { Result } from './result.ts';

/** Where a run was made; nothing that names the machine. */
export type Conditions = { date: string; commit: string; node: string; kernel: string; cpu: string; cores: number };

const COLUMNS = ['what', 'ours', 'floor', 'ratio', 'spread', 'budget', ''];

const cells = (result: Result): string[] => {
  const { median, unit, budget } = result;
  return [
    titleOf(result),
    `${rounded(median.ours)} ${unit}`,
    median.floor === null ? '–' : `${rounded(median.floor)} ${unit}`,
    median.ratio === null ? '–' : `${rounded(median.ratio)} ×`,
    spreadText(result),
    budgetText(budget, unit),
    verdictText(result),
  ];
};

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

/** bench/RESULTS.md: one line a budget, how cost grows, and every raw figure. `failed` are programs that gave no outcome. */
export function resultsPage(conditions: Conditions, outcomes: readonly Outcome[], failed: readonly string[]): string {
  const { date, commit, node, kernel, cpu, cores } = conditions;
  const tables = outcomes.flatMap((outcome) => outcome.tables);
  const budgets = {
    title: '',
    columns: COLUMNS,
    lines: outcomes.flatMap(({ results }) => results.map(cells)),
  };
  return `${[
    '# Measured',
    '',
    `Written by \`npm run bench\` on ${date}: commit ${commit}, Node ${node}, Linux ${kernel}, ${cpu}, ${cores} cores.`,
    'Every figure is the median of its rounds; the spread is that of the figure the budget is set on, from the least to the',
    'greatest round. Both sides ran on this machine in this run, and the load came from the same machine.',
    '',
    ...tableLines(budgets).slice(2),
    '',
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
