/**
 * Bundles the dashboard's pages into dist/dashboard: `node scripts/build-dashboard.ts`. A coordinator that runs from a checkout
 * serves them from there; its own bundle carries them inside.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import solid from 'vite-plugin-solid';
import { bundle, ROOT } from './bundle.ts';
import { licensesOf } from './licenses.ts';

const DASHBOARD_DIR = join(ROOT, 'dist/dashboard');

/** Beside the pages: whose code they contain, and under which licence. */
export const LICENSES = 'licenses.txt';

/** The shared schemas are made with these; the pages need only a few of them. */
const PURE = ['Type', 'Nullable', 'OneOf', 'Object.freeze'];

/** Every file of the pages, by its path under `/`, in base64. The same source gives the same bytes. */
export async function buildDashboard(): Promise<Record<string, string>> {
  const { files: built, packages } = await bundle({
    root: join(ROOT, 'coordinator/dashboard'),
    // Works below any path of the coordinator.
    base: './',
    plugins: [solid()],
    build: {
      target: ['chrome123', 'firefox120', 'safari17.5'],
      assetsInlineLimit: 0,
      rollupOptions: { treeshake: { manualPureFunctions: PURE } },
    },
  });
  const files = built.map((file): [string, string] => {
    const content = file.type === 'chunk' ? file.code : file.source;
    return [file.fileName, Buffer.from(content).toString('base64')];
  });
  const licenses = licensesOf(ROOT, packages);
  files.push([LICENSES, Buffer.from(`${licenses}\n`).toString('base64')]);
  return Object.fromEntries(files.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Writes them below `dir`, replacing the old files. */
export async function writeDashboard(files: Record<string, string>, dir = DASHBOARD_DIR): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(dir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, Buffer.from(content, 'base64'));
  }
}

if (import.meta.main) {
  const files = await buildDashboard();
  await writeDashboard(files);
  for (const [name, content] of Object.entries(files))
    console.log(`${join(DASHBOARD_DIR, name)}  ${Math.ceil((content.length * 0.75) / 1024)} KiB`);
}
