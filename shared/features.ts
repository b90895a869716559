import { Type } from 'typebox';
import { Text } from './schema.ts';

/**
 * What a side can do beyond the first version of the protocol, as `hello` and `welcome` name it (docs/protocol.md section 2,
 * Features). Options and frames of a feature go only to a side that named it.
 */
export const FEATURES = ['guard', 'commit', 'preview', 'failed_units', 'store_mark'] as const;
export type Feature = (typeof FEATURES)[number];

/** What this coordinator can deal with: an agent uses no other of those that are for both sides. */
export const COORDINATOR_FEATURES: readonly Feature[] = ['guard', 'commit'];

/** As they come: what this side does not know is kept and has no meaning. */
export const Features = Type.Array(Text(64), { maxItems: 100 });

/** Frames that go only to a side that named their feature. */
const FRAME_FEATURES: ReadonlyMap<string, Feature> = new Map([
  ['command.keep', 'guard'],
  ['command.undo', 'guard'],
]);

/** Whether a side that named these takes frames of this type. */
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
]);

const OP_FEATURES: ReadonlyMap<string, Feature> = new Map([['preview', 'preview']]);

/** What an agent must have named before this op may be sent to it with these options, without those that it has. */
export function featuresMissing(
  op: string,
  options: Readonly<Record<string, unknown>>,
  named: readonly string[],
): Feature[] {
  const needed = [OP_FEATURES.get(op), ...Object.keys(options).map((option) => OPTION_FEATURES.get(option))];
  return FEATURES.filter((feature) => needed.includes(feature) && !named.includes(feature));
}
