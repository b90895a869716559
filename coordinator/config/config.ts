import { readFileSync } from 'node:fs';
import { type Environment, optionLabel, readOptions } from '../../shared/settings/options.ts';
import { type FileConfig, readConfigFile } from './config-file.ts';
import { COORDINATOR_OPTIONS, COORDINATOR_PROGRAM, type CoordinatorOptions } from './options.ts';
import { unreadable } from './unreadable.ts';

/** Every option with its value, and the content of the file that CONFIG names. */
export type Config = Omit<CoordinatorOptions, 'config'> & FileConfig;

export type ConfigReading =
  /** `check`: only this check was asked for. */
  | { kind: 'config'; config: Config; check: boolean }
  | { kind: 'help' }
  | { kind: 'version' }
  /** One line that names the option and what it takes. */
  | { kind: 'fault'; fault: string };

/** Reads flags, environment and the file that they name. */
export function readConfig(argv: readonly string[], env: Environment): ConfigReading {
  const reading = readOptions(COORDINATOR_PROGRAM, argv, env);
  if (reading.kind === 'fault') return { kind: 'fault', fault: reading.fault };
  if (reading.kind !== 'values') return reading;
  const { config: path, ...options } = reading.values;
  const label = optionLabel('config', COORDINATOR_OPTIONS.config);
  let text = '';
  try {
    if (path !== null) text = readFileSync(path, 'utf8');
  } catch (error) {
    return { kind: 'fault', fault: `${label} takes ${COORDINATOR_OPTIONS.config.takes}; ${path} ${unreadable(error)}` };
  }
  const file = readConfigFile(text);
  if (file.kind === 'value')
    return { kind: 'config', config: { ...options, ...file.value }, check: reading.mode === 'check' };
  return { kind: 'fault', fault: `${label}: ${path}${file.line ? `:${file.line}` : ''}: ${file.fault}` };
}
