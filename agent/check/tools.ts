import { type Environment, optionVariable } from '../../shared/settings/options.ts';
import { passedEnvironment } from '../config/command-environment.ts';
import type { Config } from '../config/config.ts';
import { repoOf } from '../platforms/git/repo.ts';
import { missingTool } from '../platforms/step/tool.ts';
import type { CheckLine } from './line.ts';
import { toolVersion, versionedTools } from './tool-versions.ts';

/** Whether commands find their programs. Names the versions, with a line for each that is too old. */
export async function checkTools(config: Config, env: Environment): Promise<CheckLine[]> {
  const what = 'tools';
  const tools = toolsOf(config);
  const fault = missingTool(tools, env.PATH ?? '');
  if (fault) return [{ ok: false, what, says: fault.message }];
  const versions = await Promise.all(versionedTools(config).map((tool) => toolVersion(tool, passedEnvironment(env))));
  const named = versions.map(({ tool, text }) => `${tool} ${text ?? 'of no known version'}`);
  const old = versions.filter(({ isOld }) => isOld);
  return [
    {
      ok: true,
      what,
      says: `found ${[...tools.filter((tool) => tool !== 'git' && tool !== 'nix'), ...named].join(', ')}`,
    },
    ...old.map(({ tool, text, least }) => ({
      ok: true,
      warns: true as const,
      what,
      says: `${tool} ${text} is older than ${least}, the oldest tested version${tool === 'systemd' ? `; with ${optionVariable('launcher')}=process commands do without it` : ''}`,
    })),
  ];
}

function toolsOf(config: Config): string[] {
  const tools = ['sh', 'mkfifo', 'sed', 'grep'];
  if (repoOf(config)) tools.push('git');
  if (config.platform !== 'custom') tools.push('nix', 'nix-env');
  return tools;
}
