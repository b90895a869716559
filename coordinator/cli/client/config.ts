import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { inTheClearWarning, isInTheClear, unverifiedWarning } from '../../../shared/in-the-clear.ts';
import { proxyFault } from '../../../shared/network/road.ts';
import { isOpenToOthers } from '../../../shared/open-to-others.ts';
import { type Environment, optionVariable } from '../../../shared/options.ts';
import { tomlReader } from '../../../shared/toml.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';

/** The coordinator's address and token. */
export type Config = {
  /** The coordinator's paths are below its path, if it has one. Of several the one that is asked now: see `goOn`. */
  server: URL;
  /** The other coordinators, in the order in which they are asked. */
  others: readonly URL[];
  /** Where this setting comes from, in words. */
  serverFrom: string;
  token: string;
  /** Warnings about settings that work but expose the token, one line each with the remedy. */
  warnings: readonly string[];
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

export const configPath = (env: Environment): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'switchyard', 'config.toml');

/** A path of the coordinator's, such as `/api/hosts`, with or without a query. */
export const urlAt = ({ server }: Pick<Config, 'server'>, path: string): URL =>
  new URL(`${serverName({ server })}${path}`);

/** From now on the next of several coordinators is asked. */
export function goOn(config: Config): void {
  const [next, ...rest] = [...config.others, config.server];
  if (next) Object.assign(config, { server: next, others: rest });
}

/** How often several coordinators are asked in all before they count as away: another leads in seconds. One is asked once. */
export const triesOf = ({ others }: Config): number => (others.length === 0 ? 1 : 4 * (others.length + 1));

/** As people write it: without a trailing slash. */
export const serverName = ({ server }: Pick<Config, 'server'>): string =>
  `${server.origin}${server.pathname.replace(/\/+$/, '')}`;

/** The environment wins over the file. Throws a `Failure` that names the option and what it takes. */
export function readConfig(env: Environment): Config {
  const path = configPath(env);
  const file = readFile(path);
  const server = env[SERVER] || file.server || DEFAULT_SERVER;
  const token = env[TOKEN] || file.token;
  const label = env[SERVER] ? SERVER : `server in ${path}`;
  const urls = server.split(',').map((one) => (/^ *https?:\/\//.test(one) ? URL.parse(one.trim()) : null));
  const [origin, ...others] = urls.filter((url) => url !== null);
  if (!origin || others.length + 1 < urls.length)
    throw new Failure(`${label} takes an http:// or https:// URL, not ${JSON.stringify(server)}`, { exit: EXIT.usage });
  for (const proxy of [origin, ...others].map(proxyFault))
    if (proxy !== null) throw new Failure(proxy, { exit: EXIT.usage });
  if (!token)
    throw new Failure(`${TOKEN} is missing: it takes a token of the coordinator (or token in ${path})`, {
      exit: EXIT.usage,
    });
  if (!/^[!-~]+$/.test(token.trim()))
    throw new Failure(`${env[TOKEN] ? TOKEN : `token in ${path}`} takes one word of visible ASCII characters`, {
      exit: EXIT.usage,
    });
  const unverified = unverifiedWarning(env);
  const warnings: string[] = unverified === null ? [] : [unverified];
  for (const url of [origin, ...others])
    if (isInTheClear(url)) warnings.push(inTheClearWarning(label, url, 'an admin'));
  if (file.token !== undefined && isOpenToOthers(path))
    warnings.push(`token in ${path}: other users can read the file: chmod 600 ${path}, then replace the token`);
  const serverFrom = env[SERVER] || file.server ? label : `${SERVER} is not set`;
  return { server: origin, others, serverFrom, token: token.trim(), warnings };
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
