import { tableLines } from '../terminal/table.ts';
import { EXIT } from './exit-status.ts';
import { FLAGS, type Flag, type FlagName, flagOf } from './flags.ts';
import type { VerbSpec } from './verb-spec.ts';

const ENVIRONMENT = [
  ['SWITCHYARD_SERVER', 'URL of the coordinator; several, separated by commas; http://127.0.0.1:8080 if not given'],
  ['SWITCHYARD_API_TOKEN', 'A token that it gave you, or its admin token'],
  ['NO_COLOR', 'No colours; shapes and words stay'],
] as const;

const STATUSES: readonly (readonly [number, string])[] = [
  [EXIT.success, 'every command ended SUCCESS; or the request was shown or done'],
  [EXIT.badEnd, 'a bad end, or a refusal'],
  [EXIT.usage, 'wrong usage or configuration'],
  [EXIT.unproved, 'not proved: PARTIAL, SUSPICIOUS, LOST'],
  [EXIT.notAllowed, 'not allowed'],
  [EXIT.nothingRan, 'nothing ran: BLOCKED, EXPIRED, answered No'],
  [EXIT.stillRunning, 'still running, or waits for an answer'],
  [EXIT.unreachable, 'the coordinator cannot be reached'],
  [EXIT.detached, 'detached by Ctrl-C; dispatched commands go on'],
  [EXIT.brokenPipe, 'the reader of the output stopped reading'],
];

const indented = (rows: readonly (readonly string[])[]): string[] =>
  tableLines(rows.map(([first, ...rest]) => [`  ${first}`, ...rest]));

/** The help for everything, or for the verbs that begin with `group`. */
export function overview(verbs: readonly VerbSpec[], group: string | null): string {
  const shown = verbs.filter(({ hidden, name }) => !hidden && (group === null || name.startsWith(`${group} `)));
  const lines = [
    `Usage: switchyard ${group ?? 'COMMAND'} …`,
    '',
    'Runs operations on a fleet of hosts and says truthfully how they ended.',
    '',
    ...indented(shown.map(({ name, summary }) => [name, summary])),
  ];
  if (group === null)
    lines.push(
      '',
      'Every command takes --help. switchyard login signs in. Environment, or ~/.config/switchyard/config.toml with server and token:',
      '',
      ...indented(ENVIRONMENT),
      '',
      'Exit status; for several commands, the first of 6, 1, 3, 5 that applies:',
      '',
      ...indented(STATUSES.map(([status, text]) => [String(status), text])),
    );
  return `${lines.join('\n')}\n`;
}

export function helpOf({ name, takes, summary, flags, examples = [] }: VerbSpec): string {
  const rows = Object.entries(flags).map(([flagName, meaning]) => {
    const flag: Flag = FLAGS[flagName as FlagName];
    const short = flag.short ? `-${flag.short}, ` : '';
    const value = flag.value ? ` ${flag.value}` : '';
    return [`${short}${flagOf(flagName)}${value}`, meaning === true ? flag.description : meaning];
  });
  const lines = [
    `Usage: switchyard ${name}${takes && ` ${takes}`}${rows.length > 0 ? ' [FLAG…]' : ''}`,
    '',
    `${summary}.`,
  ];
  if (rows.length > 0) lines.push('', ...indented(rows));
  if (examples.length > 0) lines.push('', 'Examples:', '', ...examples.map((example) => `  ${example}`));
  return `${lines.join('\n')}\n`;
}
