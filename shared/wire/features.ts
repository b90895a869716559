import { Type } from 'typebox';
import { Text } from '../schema.ts';

/**
 * A side's abilities beyond the protocol's first version, as named in `hello` and `welcome` (docs/protocol.md section 2,
 * Features). Options and frames of a feature go only to a side that named it.
 */
export const FEATURES = ['guard', 'commit', 'preview', 'failed_units', 'store_mark'] as const;
export type Feature = (typeof FEATURES)[number];

/** Kept as sent; unknown names have no effect. */
export const Features = Type.Array(Text(64), { maxItems: 100 });

/** Frames that go only to a side that named their feature. */
const FRAME_FEATURES: ReadonlyMap<string, Feature> = new Map([
  ['command.keep', 'guard'],
  ['command.undo', 'guard'],
]);

/** Whether a side that named these features accepts frames of this type. */
export function takesFrame(type: string, named: readonly string[] = []): boolean {
  const feature = FRAME_FEATURES.get(type);
  return feature === undefined || named.includes(feature);
}

const OPTION_FEATURES: ReadonlyMap<string, Feature> = new Map([
  ['guard', 'guard'],
  ['confirmMs', 'guard'],
  ['keep', 'guard'],
  ['commit', 'commit'],
  ['allowOlder', 'commit'],
  ['builtPath', 'preview'],
]);

const OP_FEATURES: ReadonlyMap<string, Feature> = new Map([['preview', 'preview']]);

/** The features that an agent must have named for this op with these options, minus those that it has. */
export function featuresMissing(
  op: string,
  options: Readonly<Record<string, unknown>>,
  named: readonly string[],
): Feature[] {
  const needed = [OP_FEATURES.get(op), ...Object.keys(options).map((option) => OPTION_FEATURES.get(option))];
  return FEATURES.filter((feature) => needed.includes(feature) && !named.includes(feature));
}
