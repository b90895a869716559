/**
 * TypeBox is 680 small modules, and each suite's process loads it: a sixth of a second of a core. Suites get it as three files with
 * the same code, made once for its version.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { madeOnce } from './made-once.ts';

const ROOT = join(import.meta.dirname, '..');

/** File names by import specifier. */
const ENTRIES: Readonly<Record<string, string>> = {
  typebox: 'typebox.mjs',
  'typebox/compile': 'compile.mjs',
  'typebox/value': 'value.mjs',
};

function folder(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/typebox/package.json'), 'utf8')) as {
    version: string;
  };
  return join(ROOT, `node_modules/.cache/packed/typebox-${version}`);
}

/** Makes the files where they are missing. */
export const packPackages = (): Promise<void> =>
  madeOnce(folder(), async (own) => {
    const { bundle } = await import('./bundle.ts');
    const { files } = await bundle({
      root: ROOT,
      ssr: { target: 'node', noExternal: true },
      build: {
        ssr: true,
        target: 'node24',
        minify: false,
        rollupOptions: {
          preserveEntrySignatures: 'strict',
          input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [file.replace('.mjs', ''), name])),
          output: { format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
        },
      },
    });
    for (const file of files) writeFileSync(join(own, file.fileName), 'code' in file ? file.code : file.source);
  });

/** URLs of the files by import specifier; empty if they are not made. */
export function packedFiles(): ReadonlyMap<string, string> {
  const dir = folder();
  if (!existsSync(dir)) return new Map();
  return new Map(Object.entries(ENTRIES).map(([name, file]) => [name, pathToFileURL(join(dir, file)).href]));
}

/** Makes this process import the packed files in place of TypeBox's modules, if they have been made. */
export function usePackedPackages(): void {
  const urls = packedFiles();
  registerHooks({
    resolve(specifier, context, next) {
      const url = urls.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
