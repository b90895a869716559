import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stop as stopEsbuild } from 'esbuild';
import { build } from '../../scripts/build.ts';

/** Text of the agent's real bundle, stamped with `commit`. */
export async function agentBundle(commit: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'switchyard-bundle-'));
  try {
    const [file = ''] = await build({ outDir: dir, commit, programs: { agent: 'agent/main.ts' } });
    return readFileSync(file, 'utf8');
  } finally {
    // Its own process would else end only after this one.
    await stopEsbuild();
    rmSync(dir, { recursive: true, force: true });
  }
}

let built: Promise<string> | null = null;

/** A bundle of no known commit, built once: it starts faster than the sources. */
export function anyAgentBundle(): Promise<string> {
  built ??= agentBundle('');
  return built;
}
