import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Fault } from './fault.ts';

/** The shell's code for a program that it cannot find. */
export const NOT_FOUND = 127;

const PROVIDERS: Readonly<Record<string, string>> = { git: 'git', nix: 'Nix', 'nix-env': 'Nix' };

/** The path of `tool` in `path`, a list of folders like PATH; null if it is not there. */
export function findTool(tool: string, path: string): string | null {
  const files = path.split(delimiter).map((folder) => join(folder, tool));
  return files.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Names the first of `tools` that PATH lacks. A name with a slash is a path and not looked for. */
export function missingTool(tools: Iterable<string>, path: string): Fault | null {
  for (const tool of tools) {
    if (tool.includes('/') || findTool(tool, path)) continue;
    const what = PROVIDERS[tool] ?? 'it';
    const message = `${tool}: not found in PATH (${path}); install ${what} on this host, or add its folder to the agent's PATH`;
    return { exitCode: NOT_FOUND, message };
  }
  return null;
}
