import { parseArgs } from 'node:util';

/**
 * One table of a program's options gives everything said about them: the environment variable (`stateDir` is
 * SWITCHYARD_STATE_DIR), the flag (`--state-dir`), the help text, the documentation and the static type of the values.
 */

export type Option = {
  /** The option's purpose; one line, no full stop. */
  description: string;
  /** Completes "takes …" in help and errors. */
  takes: string;
  /** The value of `text`, or undefined if `text` is invalid. */
  parse(text: string): unknown;
  /** The default; an option without this key is required. */
  default?: unknown;
  /** How help describes a default that does not speak for itself. */
  defaultText?: string;
  /** Environment only, never repeated in an error: others can read argv and logs. */
  secret?: boolean;
  /** Left out of help and documentation; for tests. */
  hidden?: boolean;
};

export type OptionTable = Readonly<Record<string, Option>>;

export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]:
    | Exclude<ReturnType<Table[Name]['parse']>, undefined>
    | (Table[Name] extends { default: infer Default } ? Default : never);
};

export type Program<Table extends OptionTable> = {
  name: string;
  summary: string;
  options: Table;
  /** Flags without a value that replace the normal run, and what they do. */
  modes?: Readonly<Record<string, string>>;
  /** Flags without a value that change the run, and what they do. */
  switches?: Readonly<Record<string, string>>;
  /** The one argument besides options. It is required. */
  operand?: { name: string; description: string };
  /** Further commands, as they are typed, and what they do. */
  commands?: Readonly<Record<string, string>>;
};

export type Reading<Table extends OptionTable> =
  /** `mode` is the given flag of `modes`, `given` those of `switches`; `operand` is empty in a program without one. */
  | { kind: 'values'; values: OptionValues<Table>; mode: string | null; given: ReadonlySet<string>; operand: string }
  | { kind: 'help' }
  | { kind: 'version' }
  /** One line that names the option and what it takes. */
  | { kind: 'fault'; fault: string; mode: string | null };

export type Environment = Readonly<Record<string, string | undefined>>;

const BUILTIN_MODES = { help: 'Print this and exit', version: 'Print the version and exit' };

const snake = (name: string, separator: string) => name.replace(/[A-Z]/g, (letter) => `${separator}${letter}`);

export const optionVariable = (name: string): string => `SWITCHYARD_${snake(name, '_').toUpperCase()}`;

export const optionFlag = (name: string): string => `--${snake(name, '-').toLowerCase()}`;

/** The option as an error names it: by its variable, and by its flag if it has one. */
export const optionLabel = (name: string, option: Option): string =>
  option.secret ? optionVariable(name) : `${optionVariable(name)} (${optionFlag(name)})`;

/**
 * Reads every option of the program. A flag wins over the environment; an empty variable counts as unset. `--help` and
 * `--version` win over any invalid value.
 */
export function readOptions<Table extends OptionTable>(
  program: Program<Table>,
  argv: readonly string[],
  env: Environment,
): Reading<Table> {
  const flags = readFlags(program, argv);
  const mode = Object.keys(program.modes ?? {}).find((name) => flags.given.has(name)) ?? null;
  if (flags.given.has('help')) return { kind: 'help' };
  if (flags.given.has('version')) return { kind: 'version' };
  if (flags.fault !== null) return { kind: 'fault', fault: flags.fault, mode };
  if (program.operand && flags.operand === null)
    return { kind: 'fault', fault: `${program.operand.name} is missing; see --help`, mode };

  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries<Option>(program.options)) {
    const text = flags.texts.get(name) ?? (env[optionVariable(name)] || undefined);
    const value = text === undefined ? option.default : option.parse(text);
    if (text === undefined && !('default' in option))
      return { kind: 'fault', fault: `${optionLabel(name, option)} is missing: it takes ${option.takes}`, mode };
    if (text !== undefined && value === undefined) {
      // A URL may hold a password or a token, even if the option is not secret.
      const given = option.secret || /:\/\/.*[@?#]/s.test(text) ? '' : `, not ${JSON.stringify(text)}`;
      return { kind: 'fault', fault: `${optionLabel(name, option)} takes ${option.takes}${given}`, mode };
    }
    values[name] = value;
  }
  const { given, operand } = flags;
  return { kind: 'values', values: values as OptionValues<Table>, mode, given, operand: operand ?? '' };
}

type Flags = { texts: Map<string, string>; given: Set<string>; operand: string | null; fault: string | null };

/** Works on parseArgs' tokens: its own errors repeat the input, which may be a token in the wrong place. */
function readFlags(program: Program<OptionTable>, argv: readonly string[]): Flags {
  const flags: Flags = { texts: new Map(), given: new Set(), operand: null, fault: null };
  const names = new Map<string, string>();
  for (const [name, option] of Object.entries(program.options))
    if (!option.secret) names.set(optionFlag(name).slice(2), name);
  const modes = { ...program.modes, ...program.switches, ...BUILTIN_MODES };
  const known: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const flag of names.keys()) known[flag] = { type: 'string' };
  for (const mode of Object.keys(modes)) known[mode] = { type: 'boolean' };

  const { tokens } = parseArgs({ args: [...argv], options: known, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      const takes = program.operand ? `one ${program.operand.name}` : 'options only';
      if (program.operand && flags.operand === null && token.value !== '') flags.operand = token.value;
      else flags.fault ??= `takes ${takes}; see --help`;
      continue;
    }
    const name = names.get(token.name);
    if (name !== undefined) {
      const missing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'));
      if (missing) flags.fault ??= `${token.rawName} takes ${program.options[name]?.takes}`;
      else flags.texts.set(name, token.value);
    } else if (!Object.hasOwn(modes, token.name)) flags.fault ??= `${token.rawName} is not an option; see --help`;
    else if (token.value !== undefined) flags.fault ??= `${token.rawName} takes no value`;
    else flags.given.add(token.name);
  }
  return flags;
}

/** The output of `--help`. */
export function optionsHelp(program: Program<OptionTable>): string {
  const { name, operand, commands = {} } = program;
  const lines = [`Usage: ${name} [OPTION...]${operand ? ` ${operand.name}` : ''}`, '', program.summary, ''];
  const say = (what: string, description: string) => lines.push(`  ${what}`, `      ${description}.`);
  if (operand) say(operand.name, operand.description);
  for (const [mode, description] of Object.entries({ ...program.modes, ...program.switches, ...BUILTIN_MODES }))
    say(`--${mode}`, description);
  for (const [command, description] of Object.entries(commands)) say(`${name} ${command}`, description);
  lines.push('', 'Options, each a flag or an environment variable; the flag wins:', '');
  for (const row of optionRows(program.options)) {
    const name = row.flag === null ? row.variable : `${row.flag}, ${row.variable}`;
    lines.push(`  ${name}`, `      ${row.description}. Takes ${row.takes}${row.default && `; ${row.default}`}.`);
  }
  return `${lines.join('\n')}\n`;
}

export type OptionRow = {
  variable: string;
  flag: string | null;
  description: string;
  takes: string;
  /** "required", "default …", or empty if leaving it out has no effect. */
  default: string;
};

/** The table as text for people, for help and documentation alike. */
export function optionRows(table: OptionTable): OptionRow[] {
  return Object.entries(table)
    .filter(([, option]) => !option.hidden)
    .map(([name, option]) => ({
      variable: optionVariable(name),
      flag: option.secret ? null : optionFlag(name),
      description: option.description,
      takes: option.takes,
      default: defaultOf(option),
    }));
}

function defaultOf(option: Option): string {
  if (!('default' in option)) return 'required';
  const text = option.defaultText ?? (option.default === null ? '' : String(option.default));
  return text && `default ${text}`;
}

/** Parsers that several tables share. */
export const parseText = (text: string): string | undefined => text.trim() || undefined;

export const parseOneOf =
  <const Words extends readonly string[]>(words: Words) =>
  (text: string): Words[number] | undefined =>
    words.find((word) => word === text);

export const parseIntegerIn =
  (minimum: number, maximum: number) =>
  (text: string): number | undefined => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  };
