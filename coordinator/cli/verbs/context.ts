import { readServers, serverName } from '../client/config.ts';
import { type Contexts, readContexts, writeContexts } from '../client/contexts.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { parseName } from '../grammar/names.ts';
import { tableLines } from '../terminal/table.ts';
import type { Verb } from './verb.ts';

export const contextListVerb: Verb = {
  name: 'context list',
  summary: 'List your coordinators by name; * marks the current one',
  takes: '',
  words: { least: 0, most: 0 },
  flags: { json: true },
  isLocal: true,
  examples: ['switchyard context list'],
  async run({ config, flags, terminal }) {
    const { current, contexts } = readContexts(config.contextsPath);
    const known = Object.entries(contexts).map(([name, { server, token }]) => ({
      name,
      server,
      current: name === current,
      signedIn: token !== undefined,
    }));
    const { out, err } = terminal;
    if (flags.json) out.json(known);
    else if (known.length === 0) err.line('There is none: switchyard login SERVER makes one.');
    else
      for (const line of tableLines(
        known.map(({ name, server, signedIn, current: isCurrent }) => [
          ...[isCurrent ? '*' : ' ', name, server, signedIn ? '' : 'not signed in'],
        ]),
      ))
        out.line(line);
    return EXIT.success;
  },
};

export const contextUseVerb: Verb = {
  name: 'context use',
  summary: 'Switch to another coordinator; - goes back to the one in config.toml',
  takes: 'NAME',
  words: { least: 1, most: 1 },
  flags: {},
  isLocal: true,
  examples: ['switchyard context use lab', 'switchyard context use -'],
  async run({ config, terminal }, [word = '']) {
    const known = readContexts(config.contextsPath);
    const name = word === '-' ? '' : existing(known, word);
    await writeContexts(config.contextsPath, { ...known, current: name });
    terminal.err.line(
      name === '' ? 'The server in config.toml is in use.' : `${known.contexts[name]?.server} is in use.`,
    );
    return EXIT.success;
  },
};

export const contextAddVerb: Verb = {
  name: 'context add',
  summary: 'Give a coordinator a name, without signing in to it',
  takes: 'NAME SERVER',
  words: { least: 2, most: 2 },
  flags: {},
  isLocal: true,
  examples: ['switchyard context add lab https://lab.example.com'],
  async run({ config, terminal }, [name = '', text = '']) {
    const { server, others } = readServers(text, 'SERVER');
    const known = readContexts(config.contextsPath);
    if (parseName(name) === undefined)
      throw new Failure(`NAME takes letters, digits, dots and dashes, not ${JSON.stringify(name)}`, {
        exit: EXIT.usage,
      });
    if (Object.hasOwn(known.contexts, name))
      throw new Failure(`there is a context ${name}: switchyard context remove ${name}`, { exit: EXIT.usage });
    const servers = [server, ...others].map((one) => serverName({ server: one })).join(',');
    await writeContexts(config.contextsPath, {
      ...known,
      contexts: { ...known.contexts, [name]: { server: servers } },
    });
    terminal.err.line(`switchyard context use ${name} goes there, and switchyard login signs in.`);
    return EXIT.success;
  },
};

export const contextRemoveVerb: Verb = {
  name: 'context remove',
  summary: 'Forget a coordinator and its token; a session of it goes on until switchyard logout, or for its 12 hours',
  takes: 'NAME',
  words: { least: 1, most: 1 },
  flags: {},
  isLocal: true,
  examples: ['switchyard context remove lab'],
  async run({ config, terminal }, [word = '']) {
    const { current, contexts } = readContexts(config.contextsPath);
    const name = existing({ current, contexts }, word);
    const { [name]: _, ...left } = contexts;
    await writeContexts(config.contextsPath, { current: current === name ? '' : current, contexts: left });
    terminal.err.line(`${name} is forgotten${current === name ? '; the server in config.toml is in use' : ''}.`);
    return EXIT.success;
  },
};

function existing({ contexts }: Contexts, name: string): string {
  if (Object.hasOwn(contexts, name)) return name;
  const names = Object.keys(contexts).join(', ');
  throw new Failure(`there is no context ${name}${names && `; there are ${names}`}`, { exit: EXIT.usage });
}
