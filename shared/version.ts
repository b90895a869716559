import manifest from '../package.json' with { type: 'json' };

// scripts/build.ts puts both in place; a checkout has neither.
declare const SWITCHYARD_VERSION: string | undefined;
declare const SWITCHYARD_COMMIT: string | undefined;

/** The release, as `1.2.3`. */
export const version: string = typeof SWITCHYARD_VERSION === 'string' ? SWITCHYARD_VERSION : manifest.version;

/** The full id of the commit that the bundle was built from, or null: run from a checkout, or built outside git. */
export const commit: string | null = typeof SWITCHYARD_COMMIT === 'string' ? SWITCHYARD_COMMIT || null : null;
