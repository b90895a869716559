import { parseArgs } from 'node:util';
import { builtinOp } from '../../shared/ops/ops.ts';
import { didYouMean } from '../../shared/text/typos.ts';
import { FLAGS, type Flag, type FlagName, type FlagValues, flagOf } from './grammar/flags.ts';
import type { Verb } from './verbs/verb.ts';

/** The typed words. */
export type Typed =
  | { kind: 'verb'; verb: Verb; words: string[]; flags: FlagValues }
  | { kind: 'help'; verb: Verb | null; group: string | null }
  | { kind: 'version' }
  /** One line. */
  | { kind: 'fault'; fault: string };

export function readCommandLine(verbs: readonly Verb[], argv: readonly string[]): Typed {
  const [first] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const about = argv.slice(1).filter((word) => !word.startsWith('-'));
    const verb = about.length > 0 ? findVerb(verbs, about) : null;
    return verb && 'fault' in verb
      ? { kind: 'fault', ...verb }
      : { kind: 'help', verb: verb?.verb ?? null, group: null };
  }
  if (first === '--version') return { kind: 'version' };
  const isGroup = verbs.some(({ name }) => name.startsWith(`${first} `));
  if (isGroup && (argv[1] === undefined || argv[1] === '--help' || argv[1] === '-h'))
    return { kind: 'help', verb: null, group: first };
  const found = findVerb(verbs, argv);
  if ('fault' in found) return { kind: 'fault', ...found };
  return readVerb(found.verb, argv.slice(found.verb.name.split(' ').length));
}

function findVerb(verbs: readonly Verb[], argv: readonly string[]): { verb: Verb } | { fault: string } {
  const verb = verbs.find(({ name }) => name.split(' ').every((word, at) => argv[at] === word));
  if (verb) return { verb };
  const [first = '', second] = argv;
  const shown = verbs.filter(({ hidden }) => !hidden);
  const group = shown.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length > 0) {
    const words = group.map(({ name }) => name.slice(first.length + 1));
    return { fault: `${first} takes ${words.join(', ')}, not ${second}${didYouMean(second ?? '', words)}` };
  }
  // An op is what people think of first.
  if (builtinOp(first)) return { fault: `${first} is an op: switchyard run ${argv.join(' ')}` };
  const words = new Set(shown.map(({ name }) => name.split(' ')[0] ?? ''));
  return { fault: `${first} is not a command${didYouMean(first, words) || '; see switchyard --help'}` };
}

function readVerb(verb: Verb, args: readonly string[]): Typed {
  const names = Object.keys(verb.flags) as FlagName[];
  const known = new Map(names.map((name) => [flagOf(name).slice(2), name]));
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
  };
  for (const [text, name] of known) {
    const flag: Flag = FLAGS[name];
    options[text] = { type: flag.parse ? 'string' : 'boolean', ...(flag.short && { short: flag.short }) };
  }
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const words: string[] = [];
  const flags: Record<string, unknown> = {};
  let fault: string | null = null;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return { kind: 'help', verb, group: null };
    const name = known.get(token.name);
    fault ??= name ? take(flags, name, token) : unknownFlag(verb, token.rawName, names);
  }
  fault ??= wordsFault(verb, words);
  if (fault !== null) return { kind: 'fault', fault: `${verb.name}: ${fault}` };
  return { kind: 'verb', verb, words, flags: flags as FlagValues };
}

type Option = { rawName: string; value: string | undefined; inlineValue: boolean | undefined };

/** Adds the given flags to `flags`; returns the fault, or null. */
function take(flags: Record<string, unknown>, name: FlagName, { rawName, value, inlineValue }: Option): string | null {
  const flag: Flag = FLAGS[name];
  if (!flag.parse) {
    if (value !== undefined) return `${rawName} takes no value`;
    flags[name] = true;
    return null;
  }
  if (value === undefined || (!inlineValue && value.startsWith('--'))) return `${rawName} takes ${flag.takes}`;
  const parsed = flag.parse(value);
  if (parsed === undefined) return `${rawName} takes ${flag.takes}, not ${JSON.stringify(value)}`;
  const before = flags[name];
  flags[name] = Array.isArray(before) && Array.isArray(parsed) ? [...before, ...parsed] : parsed;
  return null;
}

function unknownFlag(verb: Verb, rawName: string, names: readonly FlagName[]): string {
  const meant = didYouMean(rawName, [...names.map(flagOf), '--help']);
  return `${rawName} is not one of its flags${meant || `; see switchyard ${verb.name} --help`}`;
}

function wordsFault({ name, words: { least, most }, takes }: Verb, words: readonly string[]): string | null {
  if (words.length < least) return `it takes ${takes}`;
  if (words.length <= most) return null;
  const extra = words[most];
  if (most === 0) return `it takes no words, not ${JSON.stringify(extra)}`;
  return `it takes ${takes}, not also ${JSON.stringify(extra)}${name === 'run' ? '; hosts go with --on' : ''}`;
}
