/**
 * Bundles each program into one file: `node scripts/build.ts [--out DIR] [--commit ID]`, by default dist/ and git's HEAD. The
 * same source and commit give the same bytes.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { buildDashboard, LICENSES, writeDashboard } from './build-dashboard.ts';
import { withoutBuiltinImports } from './builtin-imports.ts';
import { bundle, ROOT } from './bundle.ts';
import { asComment, licensesOf } from './licenses.ts';

const PROGRAMS: Record<string, string> = {
  agent: 'agent/main.ts',
  coordinator: 'coordinator/main.ts',
  switchyard: 'coordinator/cli/main.ts',
};

const BANNER = '#!/usr/bin/env node';

/** Native extras that `ws` and systeminformation use if installed, and can do without. */
const OPTIONAL = ['utf-8-validate', 'osx-temperature-sensor', 'macos-temperature-sensor'];

/** The native package with which `ws` would mask frames, and the file that replaces it in the bundles. */
const REPLACED = { bufferutil: join(ROOT, 'shared/network/mask.ts') };

export type BuildOptions = {
  outDir: string;
  /** Full commit id to stamp in; empty if not known. */
  commit: string;
  /** Entry points by program name, from the root. */
  programs?: Record<string, string>;
  /** The dashboard's files, which the coordinator's bundle carries inside. */
  dashboard?: Record<string, string>;
};

/** Writes `outDir/NAME.js` for every program whose source exists; resolves to their paths. */
export async function build({ outDir, commit, programs = PROGRAMS, dashboard = {} }: BuildOptions): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const outputs: string[] = [];
  for (const [name, entry] of Object.entries(programs)) {
    if (!existsSync(join(ROOT, entry))) continue;
    const outfile = resolve(outDir, `${name}.js`);
    const { files, packages } = await bundle({
      root: ROOT,
      define: {
        SWITCHYARD_VERSION: JSON.stringify(manifest.version),
        SWITCHYARD_COMMIT: JSON.stringify(commit),
        SWITCHYARD_DASHBOARD: JSON.stringify(dashboard),
      },
      resolve: { alias: REPLACED },
      ssr: { target: 'node', noExternal: true, external: OPTIONAL },
      build: {
        ssr: entry,
        target: 'node24',
        minify: false,
        rollupOptions: { output: { format: 'esm', codeSplitting: false, banner: BANNER } },
      },
    });
    const [program] = files;
    if (program.type !== 'chunk' || files.length > 1) throw new Error(`${entry} did not become one file`);
    const licenses = licensesOf(ROOT, packages);
    const ofPages = dashboard[LICENSES];
    const pages = entry === PROGRAMS.coordinator && ofPages ? Buffer.from(ofPages, 'base64').toString() : '';
    const comment = asComment([licenses, pages].filter(Boolean).join('\n\nIn its pages:\n\n'));
    await mkdir(dirname(outfile), { recursive: true });
    await writeFile(outfile, `${inAscii(withoutBuiltinImports(program.code))}${comment}`);
    await chmod(outfile, 0o755);
    outputs.push(outfile);
  }
  return outputs;
}

/**
 * The same program in ASCII, which V8 uses in place; it would copy anything else. An escape means the same in strings, templates,
 * patterns and names, except behind a backslash.
 */
export function inAscii(code: string): string {
  const escaped = /\\[^\0-\x7f]/.exec(code);
  if (escaped) throw new Error(`no character may be escaped that is not ASCII: ${JSON.stringify(escaped[0])}`);
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Git's HEAD, or empty outside a repository. */
async function headCommit(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: ROOT });
    return stdout.trim();
  } catch {
    return '';
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, commit: { type: 'string' } } });
  const outDir = values.out ?? join(ROOT, 'dist');
  const dashboard = await buildDashboard();
  await writeDashboard(dashboard, join(outDir, 'dashboard'));
  for (const file of await build({ outDir, commit: values.commit ?? (await headCommit()), dashboard }))
    console.log(file);
}
