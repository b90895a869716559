import { type Static, Type } from 'typebox';
import { lazyValidator } from '../../../shared/lazy-validator.ts';

/** The text that `nix --log-format internal-json` writes before the JSON of each line. */
export const NIX_PREFIX = '@nix ';

/** Kinds of activities that mean something here; nix has more, and adds some now and then. */
export const ACTIVITY = {
  copyPath: 100,
  fileTransfer: 101,
  realise: 102,
  copyPaths: 103,
  builds: 104,
  build: 105,
  postBuildHook: 110,
  fetchTree: 112,
} as const;

/** Kinds of results that say something here. */
export const RESULT = {
  buildLogLine: 101,
  setPhase: 104,
  progress: 105,
  setExpected: 106,
  postBuildLogLine: 107,
  fetchStatus: 108,
} as const;

/**
 * Results meant for other programs: links made by the optimiser, a verified path, a mismatched hash, the outcome of a build as JSON; above
 * 10,000 those that Determinate Nix adds.
 */
export const MUTE_RESULTS: ReadonlySet<number> = new Set([100, 102, 103, 109, 110, 10109, 10111]);

const Fields = Type.Optional(Type.Array(Type.Unknown()));

const NixEvent = Type.Union([
  Type.Object({ action: Type.Literal('msg'), level: Type.Number(), msg: Type.String() }),
  Type.Object({
    action: Type.Literal('start'),
    id: Type.String(),
    level: Type.Number(),
    text: Type.String(),
    type: Type.Number(),
    fields: Fields,
  }),
  Type.Object({ action: Type.Literal('stop'), id: Type.String() }),
  Type.Object({ action: Type.Literal('result'), id: Type.String(), type: Type.Number(), fields: Fields }),
]);
export type NixEvent = Static<typeof NixEvent>;
export type NixStart = Extract<NixEvent, { action: 'start' }>;
export type NixResult = Extract<NixEvent, { action: 'result' }>;

const validator = lazyValidator(NixEvent);

/** Reads one line, prefix and all; null where it is none of the known events. */
export function parseNixEvent(line: string): NixEvent | null {
  if (!line.startsWith(NIX_PREFIX)) return null;
  try {
    const value: unknown = JSON.parse(line.slice(NIX_PREFIX.length), keepIdExact);
    return validator().Check(value) ? value : null;
  } catch {
    return null;
  }
}

/** An id has nix's pid in its upper half, and can be too large for a number: as a number two of them could become one. */
function keepIdExact(key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return key === 'id' && typeof value === 'number' ? source : value;
}
