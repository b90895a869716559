import { ROLLOUT_ROWS } from '../coordinator/rollout/reduce.ts';
import { ENDED_ROLLOUT_STATUSES, isActiveRollout, type RolloutStatus } from '../shared/model/rollout.ts';

/** The sections of docs/rollouts.md generated from the table of rollouts. */

/** One edge for each pair of statuses, with the names of all rows along it. Rows that move nothing are left out. */
export function rolloutDiagram(): string {
  const edges = new Map<string, string[]>();
  for (const { from, to, name } of ROLLOUT_ROWS)
    for (const start of from.filter(isActiveRollout))
      for (const end of to.filter((status) => status !== start)) {
        // A row that keeps each status that it starts from leads from none to another.
        if (to.includes(start) && from.includes(end)) continue;
        const edge = `${start} --> ${end}`;
        edges.set(edge, [...(edges.get(edge) ?? []), name]);
      }
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> RUNNING: made',
    '  [*] --> AWAITING_APPROVAL: made with approve',
    ...[...edges].map(([edge, names]) => `  ${edge}: ${names.join('<br/>')}`),
    ...ENDED_ROLLOUT_STATUSES.map((status) => `  ${status} --> [*]`),
    '```',
  ].join('\n');
}

/** In the order of the table: the first row that fits applies. */
export function rolloutTable(): string {
  const listed = (statuses: readonly RolloutStatus[]): string => statuses.join(', ');
  const outcome = (from: readonly RolloutStatus[], to: readonly RolloutStatus[]): string =>
    listed(from) === listed(to) ? 'stays' : listed(to);
  return [
    '| from | on | row | to |',
    '| --- | --- | --- | --- |',
    ...ROLLOUT_ROWS.map(({ from, on, name, to }) => `| ${listed(from)} | \`${on}\` | ${name} | ${outcome(from, to)} |`),
  ].join('\n');
}
