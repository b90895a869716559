import { relative, resolve } from 'node:path';
import { build, type InlineConfig, type Rolldown } from 'vite';
import { packagesOf } from './licenses.ts';

export const ROOT = resolve(import.meta.dirname, '..');

export type Bundle = {
  files: [Rolldown.OutputChunk | Rolldown.OutputAsset, ...(Rolldown.OutputChunk | Rolldown.OutputAsset)[]];
  /** Folders of the packages whose code is in it. */
  packages: string[];
};

const { NODE_ENV } = process.env;

/** Vite sets production mode for the whole process. */
async function inOwnEnvironment(config: InlineConfig) {
  try {
    return await build(config);
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

/** Bundles with vite, which reads only `config` and writes nothing. The same source gives the same bytes. */
export async function bundle(config: InlineConfig): Promise<Bundle> {
  const built = await inOwnEnvironment({
    ...config,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      ...config.build,
      write: false,
      modulePreload: false,
      // The bundle contains file names, so they are relative to ROOT wherever this runs. Timings blame plugins for a busy machine.
      rollupOptions: { ...config.build?.rollupOptions, cwd: ROOT, checks: { pluginTimings: false } },
    },
  });
  if (Array.isArray(built) || !('output' in built)) throw new Error('vite built something else than one bundle');
  const used = built.output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
  return { files: built.output, packages: packagesOf(used.map((file) => relative(ROOT, file))) };
}
