import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { GuardPlan } from './guard-plan.ts';

const COMMON_TOOLS = ['sh', 'ln', 'mv', 'readlink', 'rm', 'sleep', 'sync', 'nix-env'] as const;
const SOME_TOOLS = ['systemctl', 'launchctl', 'shutdown', 'date', 'ps'] as const;

/** Programs that a guard may use besides the systems' own. */
export const ALL_TOOLS = [...COMMON_TOOLS, ...SOME_TOOLS];

/** Absolute paths. */
export type GuardTools = Readonly<
  Record<(typeof COMMON_TOOLS)[number], string> & Partial<Record<(typeof SOME_TOOLS)[number], string>>
>;

type Needs = Pick<GuardPlan, 'old' | 'kind' | 'hasProc' | 'agentUnit' | 'reboots' | 'environment'>;

/** Finds the tools in the old system, then in PATH (a host other than NixOS lacks some). `missing`: the first tool found nowhere. */
export function findGuardTools(plan: Needs): GuardTools | { missing: string } {
  const path = plan.environment.PATH ?? '';
  const folders = [join(plan.old, 'sw/bin'), ...path.split(delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  const found: Record<string, string> = {};
  for (const tool of toolsFor(plan)) {
    const file = folders.map((folder) => join(folder, tool)).find(isProgram);
    if (file === undefined) return { missing: tool };
    found[tool] = file;
  }
  return found as GuardTools;
}

function toolsFor({ kind = 'nixos', hasProc = true, agentUnit, reboots }: Needs): string[] {
  const launchd = [...(agentUnit === null ? [] : ['launchctl']), ...(reboots ? ['shutdown'] : [])];
  return [...COMMON_TOOLS, ...(kind === 'nixos' ? ['systemctl'] : launchd), ...(hasProc ? [] : ['date', 'ps'])];
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
