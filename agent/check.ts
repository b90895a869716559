import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Environment, optionVariable } from '../shared/settings/options.ts';
import type { Clock } from '../shared/time/clock.ts';
import { checkCoordinator } from './check/coordinator.ts';
import type { CheckLine } from './check/line.ts';
import { checkRepo } from './check/repo.ts';
import { checkSigners } from './check/signers.ts';
import { checkTools } from './check/tools.ts';
import type { Config } from './config/config.ts';
import { configurationOf } from './platforms/flake-attribute.ts';

/** Tests each thing that the agent will need, separately; changes nothing and disturbs no connection. `env` is the agent's own. */
export async function checkHost({
  config,
  env,
  clock,
}: {
  config: Config;
  env: Environment;
  clock: Clock;
}): Promise<CheckLine[]> {
  const { hostname, platform, launcher } = config;
  // If the flake uses another name for the host, a switch would be the first to say so.
  const builds = platform === 'custom' ? '' : `; a switch builds ${configurationOf(platform, hostname)}`;
  return [
    { ok: true, what: 'config', says: `${hostname}, platform ${platform}, launcher ${launcher}${builds}` },
    ...config.warnings.map((says) => ({ ok: true, warns: true as const, what: 'config', says })),
    await checkState(config.stateDir),
    ...(await checkTools(config, env)),
    await checkRepo(config, env, clock),
    ...(await checkSigners(config, env.PATH ?? '')),
    await checkCoordinator(config, clock),
  ];
}

export const formatCheck = ({ ok, warns, what, says }: CheckLine): string =>
  `${warns ? 'WARN' : ok ? 'ok  ' : 'FAIL'}  ${what.padEnd(11)}  ${says}`;

async function checkState(stateDir: string): Promise<CheckLine> {
  const what = 'state';
  for (let path = stateDir; ; path = dirname(path)) {
    try {
      await access(path, constants.W_OK | constants.X_OK);
      const says = path === stateDir ? `${stateDir} can be written` : `${stateDir} can be made`;
      return { ok: true, what, says };
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (missing && path !== dirname(path)) continue;
      const variable = optionVariable('stateDir');
      return {
        ok: false,
        what,
        says: `${stateDir} cannot be written: set ${variable} to a folder of the agent's user`,
      };
    }
  }
}
