import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { isOpenToOthers } from '../../../shared/files/open-to-others.ts';
import { inTheClearWarning, isInTheClear, unverifiedWarning } from '../../../shared/network/in-the-clear.ts';
import { proxyFault } from '../../../shared/network/road.ts';
import { type Environment, optionVariable } from '../../../shared/settings/options.ts';
import { tomlReader } from '../../../shared/settings/toml.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import { type Contexts, readContexts } from './contexts.ts';

/** The coordinator's address and token. */
export type Config = {
  /** The coordinator's paths are below its path, if it has one. With several coordinators, the one in use: see `goOn`. */
  server: URL;
  /** The other coordinators, in the order in which they are asked. */
  others: readonly URL[];
  /** Where this setting comes from, in words. */
  serverFrom: string;
  token: string;
  /** The environment gives the token, over any context. */
  isTokenGiven: boolean;
  /** The context it comes from (contexts.ts); null if from the environment or config.toml. */
  context: string | null;
  contextsPath: string;
  /** Warnings about settings that work but expose the token, one line each with the remedy. */
  warnings: readonly string[];
  /** Called with the reason each time that all of several coordinators were asked in vain and are asked again. */
  onNobody?: (reason: string) => void;
};

const FileSchema = Type.Object(
  {
    server: Type.Optional(Type.String({ minLength: 1 })),
    token: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);

const DEFAULT_SERVER = 'http://127.0.0.1:8080';
const SERVER = optionVariable('server');
const TOKEN = optionVariable('apiToken');

const inFolder = (env: Environment, name: string): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'switchyard', name);
const configPath = (env: Environment): string => inFolder(env, 'config.toml');
export const contextsPath = (env: Environment): string => inFolder(env, 'contexts.toml');

/** A path of the coordinator's, such as `/api/hosts`, with or without a query. */
export const urlAt = ({ server }: Pick<Config, 'server'>, path: string): URL =>
  new URL(`${serverName({ server })}${path}`);

/** Switches to the next coordinator, unless another request or the feed has already left this one. */
export function goOn(config: Config, from: URL): void {
  if (config.server !== from) return;
  const [next, ...rest] = [...config.others, config.server];
  if (next) Object.assign(config, { server: next, others: rest });
}

/** Tries in all before several coordinators count as away: another leads in seconds. A single one is tried once. */
export const triesOf = ({ others }: Config): number => (others.length === 0 ? 1 : 4 * (others.length + 1));

/** As people write it: without a trailing slash. */
export const serverName = ({ server }: Pick<Config, 'server'>): string =>
  `${server.origin}${server.pathname.replace(/\/+$/, '')}`;

/** One URL, or several with commas between. Throws a `Failure` that begins with `label`. */
export function readServers(text: string, label: string): { server: URL; others: URL[] } {
  const urls = text.split(',').map((one) => (/^ *https?:\/\//.test(one) ? URL.parse(one.trim()) : null));
  const [server, ...others] = urls.filter((url) => url !== null);
  if (!server || others.length + 1 < urls.length)
    throw new Failure(`${label} takes an http:// or https:// URL, not ${JSON.stringify(text)}`, { exit: EXIT.usage });
  for (const proxy of [server, ...others].map(proxyFault))
    if (proxy !== null) throw new Failure(proxy, { exit: EXIT.usage });
  return { server, others };
}

/**
 * The environment wins over the current context, and that over config.toml. A context's token goes to its own server alone. Throws a
 * `Failure` that names the option and what it takes.
 */
export function readConfig(env: Environment, { needsToken = true } = {}): Config {
  const path = configPath(env);
  const file = readFile(path);
  const known = readContexts(contextsPath(env));
  const context = contextFor(known, env[SERVER]);
  const chosen = context === null ? file : known.contexts[context];
  const text = env[SERVER] || chosen?.server || DEFAULT_SERVER;
  const token = env[TOKEN] || chosen?.token || '';
  const inFile = context === null ? path : `${contextsPath(env)} (context ${context})`;
  const label = env[SERVER] ? SERVER : `server in ${inFile}`;
  const { server: origin, others } = readServers(text, label);
  if (token === '' && needsToken)
    throw new Failure(
      `${TOKEN} is missing: it takes a token of the coordinator (or token in ${path}); or sign in: switchyard login`,
      { exit: EXIT.usage },
    );
  if (token !== '' && !/^[!-~]+$/.test(token.trim()))
    throw new Failure(`${env[TOKEN] ? TOKEN : `token in ${inFile}`} takes one word of visible ASCII characters`, {
      exit: EXIT.usage,
    });
  const unverified = unverifiedWarning(env);
  const warnings: string[] = unverified === null ? [] : [unverified];
  for (const url of [origin, ...others])
    if (isInTheClear(url)) warnings.push(inTheClearWarning(label, url, 'an admin'));
  if (file.token !== undefined && isOpenToOthers(path))
    warnings.push(`token in ${path}: other users can read the file: chmod 600 ${path}, then replace the token`);
  const serverFrom = env[SERVER] || chosen?.server ? label : `${SERVER} is not set`;
  const where = { isTokenGiven: Boolean(env[TOKEN]), context, contextsPath: contextsPath(env) };
  return { server: origin, others, serverFrom, token: token.trim(), ...where, warnings };
}

/** The context in effect; null for none. If the environment names a server, it is that server's context. */
function contextFor({ current, contexts }: Contexts, server: string | undefined): string | null {
  const name = server ? Object.keys(contexts).find((one) => contexts[one]?.server === server) : current;
  return name !== undefined && Object.hasOwn(contexts, name) ? name : null;
}

function readFile(path: string): { server?: string; token?: string } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new Failure(`${path} cannot be read (${code})`, { exit: EXIT.usage, cause });
  }
  const reading = tomlReader(FileSchema)(text);
  if (reading.kind === 'value') return reading.value;
  throw new Failure(`${path}${reading.line ? `:${reading.line}` : ''}: ${reading.fault}`, { exit: EXIT.usage });
}
