import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOpenToOthers } from '../../shared/files/open-to-others.ts';
import { inTheClearWarning, isInTheClear, unverifiedWarning } from '../../shared/network/in-the-clear.ts';
import { proxyFault } from '../../shared/network/road.ts';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import { type Environment, optionLabel, type Program, readOptions } from '../../shared/settings/options.ts';
import { detectPlatform, type LauncherName, type Machine, systemdMissing } from './detect.ts';
import { type OpsFileOps, readOpsFile } from './ops-file.ts';
import { AGENT_OPTIONS, type AgentOptions, parseToken } from './options.ts';

export const AGENT_PROGRAM = {
  name: 'switchyard-agent',
  summary: 'Runs the operations that a Switchyard coordinator dispatches to this host.',
  options: AGENT_OPTIONS,
  modes: { check: 'Test configuration, repository, tools and coordinator, say what is wrong, and exit' },
} satisfies Program<typeof AGENT_OPTIONS>;

type Resolved = 'url' | 'token' | 'tokenFile' | 'opsFile' | 'hostname' | 'platform' | 'launcher';

/** The addresses of one coordinator. */
export type Coordinator = {
  /** The agent socket: the given URL with its path. */
  socketUrl: string;
  /** A `POST` with an enrolment token returns a token for this host. */
  enrolUrl: string;
  /** `GET` with the token answers which host this is. */
  selfUrl: string;
};

/** Every option with its value: files read, missing values detected. */
export type Config = Omit<AgentOptions, Resolved> & {
  /** In the order of trial. */
  coordinators: readonly [Coordinator, ...Coordinator[]];
  /** Null: the agent enrols by `enrolTokenFile`, unless it already has. */
  token: string | null;
  hostname: string;
  platform: PlatformName;
  launcher: LauncherName;
  ops: OpsFileOps;
  /** Warnings about settings that work but expose the token, one line each with the remedy. */
  warnings: readonly string[];
};

export type ConfigReading =
  | { kind: 'config'; config: Config; check: boolean }
  | { kind: 'help' }
  | { kind: 'version' }
  /** One line that names the option and what it takes. */
  | { kind: 'fault'; fault: string; check: boolean };

/** Reads flags, environment and the files that they name. */
export function readConfig(argv: readonly string[], env: Environment, machine: Machine): ConfigReading {
  const reading = readOptions(AGENT_PROGRAM, argv, env);
  if (reading.kind === 'help' || reading.kind === 'version') return reading;
  const check = reading.mode === 'check';
  if (reading.kind === 'fault') return { kind: 'fault', fault: reading.fault, check };

  const {
    url: urls,
    token: givenToken,
    tokenFile,
    opsFile,
    hostname,
    platform,
    launcher: givenLauncher,
    ...rest
  } = reading.values;
  const proxy = urls.map(proxyFault).find((fault) => fault !== null) ?? null;
  if (proxy !== null) return { kind: 'fault', fault: proxy, check };
  const tokenPath = tokenFile ?? (givenToken === null ? credentialOf(env, machine) : null);
  const token = tokenPath !== null ? readTokenFile(tokenPath) : requireToken(givenToken, reading.values.enrolTokenFile);
  if (token.kind === 'fault') return { ...token, check };
  const ops = opsFile === null ? ({ kind: 'value', value: {} } as const) : readOps(opsFile);
  if (ops.kind === 'fault') return { ...ops, check };
  const launcher = chooseLauncher(givenLauncher, systemdMissing(machine, env.PATH ?? ''));
  if (launcher.kind === 'fault') return { ...launcher, check };
  return {
    kind: 'config',
    check,
    config: {
      ...rest,
      coordinators: [coordinatorAt(urls[0]), ...urls.slice(1).map(coordinatorAt)],
      token: token.value,
      ops: ops.value,
      hostname: hostname ?? machine.hostname,
      platform: platform ?? detectPlatform(machine),
      launcher: launcher.value,
      warnings: warningsOf(urls, tokenFile, rest.enrolTokenFile, env),
    },
  };
}

function warningsOf(
  urls: readonly URL[],
  tokenFile: string | null,
  enrolTokenFile: string | null,
  env: Environment,
): string[] {
  const unverified = unverifiedWarning(env);
  const warnings: string[] = unverified === null ? [] : [unverified];
  for (const url of urls.filter(isInTheClear)) warnings.push(inTheClearWarning(label('url'), url, 'this host'));
  if (tokenFile !== null && isOpenToOthers(tokenFile))
    warnings.push(
      `${label('tokenFile')}: other users can read ${tokenFile}: chmod o-r ${tokenFile}, then replace the token`,
    );
  if (enrolTokenFile !== null && isOpenToOthers(enrolTokenFile))
    warnings.push(
      `${label('enrolTokenFile')}: other users can read ${enrolTokenFile}: chmod o-r ${enrolTokenFile}, then make another enrolment`,
    );
  return warnings;
}

type Outcome<Value> = { kind: 'value'; value: Value } | { kind: 'fault'; fault: string };

const label = (name: keyof AgentOptions) => optionLabel(name, AGENT_OPTIONS[name]);

/** Where `LoadCredential=token:…` puts the token for a unit; `%d` names that folder only from systemd 250 on. */
function credentialOf(env: Environment, machine: Machine): string | null {
  const file = env.CREDENTIALS_DIRECTORY && join(env.CREDENTIALS_DIRECTORY, 'token');
  return file && machine.exists(file) ? file : null;
}

function requireToken(token: string | null, enrolTokenFile: string | null): Outcome<string | null> {
  if (token !== null || enrolTokenFile !== null) return { kind: 'value', value: token };
  return {
    kind: 'fault',
    fault: `${label('tokenFile')}, ${label('token')} or ${label('enrolTokenFile')} is missing: it takes ${AGENT_OPTIONS.token.takes}, or a file with the token of an enrolment`,
  };
}

function readTokenFile(path: string): Outcome<string> {
  const takes = `${label('tokenFile')} takes a file with ${AGENT_OPTIONS.token.takes}`;
  const text = readText(path);
  if (text.kind === 'fault') return { kind: 'fault', fault: `${takes}; ${text.fault}` };
  const token = parseToken(text.value);
  if (token === undefined) return { kind: 'fault', fault: `${takes}; ${path} holds none` };
  return { kind: 'value', value: token };
}

function readOps(path: string): Outcome<OpsFileOps> {
  const takes = `${label('opsFile')} takes a TOML file of [ops.NAME] tables`;
  const text = readText(path);
  if (text.kind === 'fault') return { kind: 'fault', fault: `${takes}; ${text.fault}` };
  const ops = readOpsFile(text.value);
  return ops.kind === 'value' ? ops : { kind: 'fault', fault: `${takes}; ${path}: ${ops.fault}` };
}

function chooseLauncher(given: LauncherName | null, systemdFault: string | null): Outcome<LauncherName> {
  if (given === 'systemd' && systemdFault)
    return {
      kind: 'fault',
      fault: `${label('launcher')} takes systemd only where that can start commands: ${systemdFault}`,
    };
  return { kind: 'value', value: given ?? (systemdFault ? 'process' : 'systemd') };
}

function readText(path: string): Outcome<string> {
  try {
    return { kind: 'value', value: readFileSync(path, 'utf8') };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    return { kind: 'fault', fault: `${path} cannot be read (${reason})` };
  }
}

function coordinatorAt(url: URL): Coordinator {
  const base = url.href.replace(/\/+$/, '');
  const api = `${base.replace(/^ws/, 'http')}/api/agent`;
  return { socketUrl: `${base}/ws/agent`, selfUrl: `${api}/self`, enrolUrl: `${api}/enrol` };
}
