import { STATUSES } from '../../../shared/model/command.ts';
import { EVENT_LEVELS } from '../../../shared/model/event.ts';
import { GUARD_MODES, KEEPS } from '../../../shared/ops/guard.ts';
import { SIGNALS } from '../../../shared/ops/op-options.ts';
import { actsOnCommands, OPS } from '../../../shared/ops/ops.ts';
import type { Context } from '../client/context.ts';
import { allHosts } from '../client/targets.ts';
import { COMPLETIONS } from '../grammar/completion.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { FLAGS, type FlagName, flagOf } from '../grammar/flags.ts';
import type { Verb } from './verb.ts';

/** Names, lists of names, and flags. Hosts' words go to a shell, so anything with other characters is not completed. */
const SAFE = /^[A-Za-z0-9._,-]+$/;

const SHELLS = Object.keys(COMPLETIONS);

export const completionVerb: Verb = {
  name: 'completion',
  summary: 'Print the completion script of a shell',
  takes: SHELLS.join('|'),
  words: { least: 1, most: 1 },
  flags: {},
  isLocal: true,
  examples: [
    'source <(switchyard completion bash)',
    'switchyard completion zsh > ~/.zfunc/_switchyard',
    'switchyard completion fish > ~/.config/fish/completions/switchyard.fish',
  ],
  async run({ terminal }, [shell = '']) {
    const script = COMPLETIONS[shell];
    if (script === undefined)
      throw new Failure(`completion takes ${SHELLS.join(', ')}, not ${shell}`, { exit: EXIT.usage });
    terminal.out.raw(`${script}\n`);
    return EXIT.success;
  },
};

/** Asked by the shells: the words that may replace the last one given. */
export const completeVerb: Verb = {
  name: '__complete',
  summary: 'Print the words that may come next',
  takes: 'WORD…',
  words: { least: 0, most: 10_000 },
  flags: {},
  hidden: true,
  async run(context, words) {
    const typed = words.at(-1) ?? '';
    for (const word of new Set(await candidates(context, words.slice(0, -1), typed)))
      if (word.startsWith(typed) && SAFE.test(word)) context.terminal.out.line(word);
    return EXIT.success;
  },
};

async function candidates(context: Context, before: readonly string[], typed: string): Promise<string[]> {
  const verbs = context.verbs.filter(({ hidden }) => !hidden);
  const verb = verbs.find(({ name }) => name.split(' ').every((word, at) => before[at] === word));
  if (!verb) return verbs.flatMap(({ name }) => nextWord(name.split(' '), before));
  const flag = (Object.keys(FLAGS) as FlagName[]).find((name) => flagOf(name) === before.at(-1));
  if (flag && 'parse' in FLAGS[flag]) return await valuesOf(context, flag, typed);
  if (typed.startsWith('-')) return [...Object.keys(verb.flags).map(flagOf), '--help'];
  if (verb.name === 'run')
    return [...new Set([...OPS.map(({ id }) => id), ...(await hostOps(context))])].filter((op) => !actsOnCommands(op));
  if (verb.name === 'completion') return SHELLS;
  if (verb.name === 'answer' && before.length === 2) return ['wait', 'kill', 'ignore'];
  return /HOST/.test(verb.takes) ? await hostNames(context) : [];
}

function nextWord(name: readonly string[], before: readonly string[]): string[] {
  const next = before.every((word, at) => name[at] === word) ? name[before.length] : undefined;
  return next === undefined ? [] : [next];
}

async function valuesOf(context: Context, flag: FlagName, typed: string): Promise<string[]> {
  // In a list, the part before the last comma stays.
  const head = typed.slice(0, typed.lastIndexOf(',') + 1);
  const inList = (words: readonly string[]) => words.map((word) => `${head}${word}`);
  switch (flag) {
    case 'on':
      return inList(await hostNames(context));
    case 'tag':
      return inList([...new Set((await allHosts(context)).flatMap(({ tags }) => tags))]);
    case 'status':
      return inList(STATUSES);
    case 'level':
      return [...EVENT_LEVELS];
    case 'guard':
      return [...GUARD_MODES];
    case 'keep':
      return [...KEEPS];
    case 'signal':
      return [...SIGNALS];
    case 'op':
      return OPS.map(({ id }) => id);
    default:
      return [];
  }
}

const hostNames = async (context: Context): Promise<string[]> => (await allHosts(context)).map(({ name }) => name);

const hostOps = async (context: Context): Promise<string[]> =>
  (await allHosts(context)).flatMap(({ ops }) => ops.map(({ id }) => id));
