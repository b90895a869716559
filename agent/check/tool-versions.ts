import { execa } from 'execa';
import type { Config } from '../config/config.ts';

/** A version's significant numbers: `247` is [247], `2.30.2` is [2, 30, 2]. */
type Version = readonly number[];

/** How to ask each tool for its version, and the oldest tested one (docs/install.md, Requirements). */
const MINIMUMS = {
  systemd: { argv: ['systemctl', '--version'], least: [247] },
  git: { argv: ['git', '--version'], least: [2, 30] },
  nix: { argv: ['nix', '--version'], least: [2, 8] },
  node: { argv: [process.execPath, '--version'], least: [24] },
} as const satisfies Record<string, { argv: readonly [string, ...string[]]; least: Version }>;

export type VersionedTool = keyof typeof MINIMUMS;

export type ToolVersion = { tool: VersionedTool; text: string | null; least: string; isOld: boolean };

const ANSWER_MS = 15_000;

/** The tools that this host's commands use. */
export function versionedTools(config: Pick<Config, 'launcher' | 'platform' | 'repoDir' | 'repoUrl'>): VersionedTool[] {
  return [
    'node',
    ...(config.repoDir || config.repoUrl ? (['git'] as const) : []),
    ...(config.platform === 'custom' ? [] : (['nix'] as const)),
    ...(config.launcher === 'systemd' ? (['systemd'] as const) : []),
  ];
}

/** Asks a tool for its version; null if it prints none. */
export async function toolVersion(tool: VersionedTool, env: NodeJS.ProcessEnv): Promise<ToolVersion> {
  const { argv, least } = MINIMUMS[tool];
  const [file, ...args] = argv;
  const { stdout } = await execa(file, args, {
    env,
    extendEnv: false,
    timeout: ANSWER_MS,
    reject: false,
    stdin: 'ignore',
  });
  const text = versionIn(String(stdout ?? ''));
  return { tool, text, least: least.join('.'), isOld: text !== null && isBelow(parse(text), least) };
}

/** Distributions put their own names and numbers before (`nix (Lix, like Nix) 2.93.0`) and behind (`systemd 247 (247.3-7)`). */
export function versionIn(text: string): string | null {
  const [line = ''] = text.trim().split('\n');
  return [...line.matchAll(/(?:^|\s)v?(\d+(?:\.\d+)*)/g)].at(-1)?.[1] ?? null;
}

const parse = (text: string): Version => text.split('.').map(Number);

function isBelow(version: Version, least: Version): boolean {
  for (const [index, wanted] of least.entries()) {
    const part = version[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
