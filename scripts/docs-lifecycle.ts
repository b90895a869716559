import { ANY_ACTIVE, ANY_TERMINAL, type Row, RUNNING } from '../coordinator/lifecycle/row.ts';
import { TRANSITIONS } from '../coordinator/lifecycle/table.ts';
import { ACTIVE_STATUSES, isActive, STATUSES, type Status, TERMINAL_STATUSES } from '../shared/model/command.ts';

/** The sections of docs/lifecycle.md generated from the transition table. */

const MEANING = {
  QUEUED: 'It waits for its host: for the connection, the slot, or the end of a reboot.',
  PENDING: 'It was sent; the host has not yet confirmed that it is on disk.',
  EXECUTING: 'The host has it and runs it.',
  KILLING: 'A kill is under way. A kill’s own command has this status until its target’s processes are gone.',
  AWAITING_POST_CHECK: 'It exited well; a report sampled after the exit must show what it did.',
  AWAITING_RECONNECT: 'It exited well; another process of the agent (for a reboot, another boot) must come back.',
  SUCCESS: 'Done, and fresh data proves it.',
  PARTIAL: 'Done, but the goal is not proved, or units failed.',
  ERROR: 'It failed, could not be killed, or certainly did not run. The code says which.',
  BLOCKED: 'It was not run: a pre-check or the busy host refused it.',
  TIMEOUT: 'A person stopped waiting for it, or the agent did not come back in time.',
  KILLED: 'A kill ended it, or kept it from starting.',
  CANCELLED: 'A person stopped tracking it. An accepted command may go on; the host is busy until it ends.',
  STALE_BINARY: 'The switch has ended, but the running agent is not the one that should run.',
  SUSPICIOUS: 'The agent came back with a commit and a build that do not fit together.',
  ABORTED_BY_REBOOT: 'The host rebooted under it.',
  LOST: 'Its outcome can’t be known.',
  EXPIRED: 'It was queued for longer than allowed.',
  ROLLED_BACK: 'Its activation was undone, or somebody activated another system first. The code says why.',
} as const satisfies Record<Status, string>;

export function statusGlossary(): string {
  const line = (status: Status) =>
    `| \`${status}\` | ${isActive(status) ? 'active' : 'terminal'} | ${MEANING[status]} |`;
  return ['| status | | meaning |', '| --- | --- | --- |', ...STATUSES.map(line)].join('\n');
}

/** Where a row leads from one status; it stays if the row names it again, as for ended commands. */
function targets(row: Row, from: Status): readonly Status[] {
  if (row.to.includes(from)) return [from];
  return row.to.filter((status) => isActive(status) || !row.from.includes(status));
}

const hasAll = (list: readonly Status[], part: readonly Status[]): boolean => part.every((one) => list.includes(one));
const hasAny = (list: readonly Status[], part: readonly Status[]): boolean => part.some((one) => list.includes(one));
const isSame = (one: readonly Status[], other: readonly Status[]): boolean => hasAll(one, other) && hasAll(other, one);

/** Groups drawn as one box, so that each row is drawn once. */
const SOURCES = [
  { box: 'ANY', title: 'any active status', statuses: ANY_ACTIVE },
  { box: 'RUNNING', title: 'EXECUTING or KILLING', statuses: RUNNING },
];
const VERDICT: readonly Status[] = ['SUCCESS', 'PARTIAL', 'STALE_BINARY', 'SUSPICIOUS'];
const isVerdict = ({ to }: Row): boolean => to.includes('SUCCESS') && to.includes('PARTIAL');

/** One edge for each pair of boxes, with the names of all rows along it. Rows that move nothing are left out. */
export function stateDiagram(): string {
  const edges = new Map<string, string[]>();
  for (const row of TRANSITIONS) {
    const whole = SOURCES.find(({ statuses }) => isSame(row.from, statuses) && !hasAny(row.to, statuses));
    for (const from of whole ? [row.from[0]] : row.from.filter(isActive))
      for (const to of from ? targets(row, from) : []) {
        if (to === from) continue;
        const edge = `${whole?.box ?? from} --> ${isVerdict(row) && VERDICT.includes(to) ? 'VERDICT' : to}`;
        edges.set(edge, [...new Set([...(edges.get(edge) ?? []), row.name])]);
      }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...SOURCES.map(({ box, title }) => `  state "${title}" as ${box}`),
    '  state VERDICT <<choice>>',
    ...['QUEUED', 'PENDING', 'BLOCKED'].map((status) => `  [*] --> ${status}: dispatched`),
    '  [*] --> KILLING: dispatched, a kill itself',
    '  [*] --> SUCCESS: dispatched, a kill or cancel that is done at once',
    ...[...edges].map(([edge, names]) => `  ${edge}: ${names.join('<br/>')}`),
    ...VERDICT.map((status) => `  VERDICT --> ${status}`),
    ...TERMINAL_STATUSES.map((status) => `  ${status} --> [*]`),
    '```',
  ].join('\n');
}

function statusesIn(list: readonly Status[]): string {
  const words: string[] = [];
  const groups: [readonly Status[], string][] = [
    [ACTIVE_STATUSES, 'any active'],
    [ANY_TERMINAL, 'any terminal'],
  ];
  let rest = list;
  for (const [group, word] of groups)
    if (hasAll(rest, group)) {
      words.push(word);
      rest = rest.filter((status) => !group.includes(status));
    }
  return [...rest, ...words].join(', ');
}

/** In the order of the table: the first row that fits applies. */
export function transitionTable(): string {
  const line = (row: Row) => {
    const to = [...new Set(row.from.flatMap((from) => (row.to.includes(from) ? [] : targets(row, from))))];
    const stays = row.from.some((from) => row.to.includes(from));
    const outcome = [...(to.length > 0 ? [statusesIn(to)] : []), ...(stays ? ['stays'] : [])].join('; else ');
    return `| ${statusesIn(row.from)} | \`${row.on}\` | ${row.name} | ${outcome} |`;
  };
  return ['| from | on | row | to |', '| --- | --- | --- | --- |', ...TRANSITIONS.map(line)].join('\n');
}
