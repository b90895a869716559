import fc from 'fast-check';

/** As much of a JSON schema as the API's requests use. */
export type Schema = {
  type?: string;
  anyOf?: Schema[];
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
};

/** Longer lists and texts would only be slower. */
const MOST_ITEMS = 4;
const MOST_CHARS = 80;

/** Text that programs trip over. */
const HOSTILE = [
  ...['', ' ', '0', '-1', 'null', '\0', '\u202e', '\ud800', '𝒳', '%', '../..', "'; DROP TABLE hosts; --", '__proto__'],
  ...['constructor', '{}', '[]', '<script>', 'a'.repeat(5_000), '1e309', 'NaN', '\r\nx: y', '*', '(', 'not not not'],
];
export const hostileText = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 40, unit: 'binary' }));

const hostile = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 53, 1e308, [], {}, [[[[]]]], { __proto__: null }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that mostly fit the schema, with `words` that exist, and now and then one that does not fit. */
export function valuesOf(schema: Schema, words: readonly string[]): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fitting(schema, words), weight: 12 }, { arbitrary: hostile, weight: 1 });
}

function fitting(schema: Schema, words: readonly string[]): fc.Arbitrary<unknown> {
  const { type, anyOf, items = {}, minItems = 0, maxItems = MOST_ITEMS } = schema;
  if (anyOf) return fc.oneof(...anyOf.map((one) => valuesOf(one, words)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (type) {
    case 'string':
      return texts(schema, words);
    case 'integer':
    case 'number': {
      const min = Math.ceil(schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1);
      const max = Math.floor(schema.maximum ?? Number.MAX_SAFE_INTEGER);
      return fc.oneof(fc.integer({ min, max: Math.min(max, min + 20) }), fc.integer({ min, max }));
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(items, words), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, MOST_ITEMS)),
      });
    case 'object':
      return objects(schema, words);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function texts(
  { pattern, minLength = 0, maxLength = MOST_CHARS }: Schema,
  words: readonly string[],
): fc.Arbitrary<string> {
  if (pattern !== undefined) {
    const shape = new RegExp(pattern);
    const known = words.filter((word) => shape.test(word));
    const made = fc.stringMatching(shape);
    return known.length === 0 ? made : fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 3 }, made);
  }
  const made = fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, MOST_CHARS)) });
  return words.length === 0 ? made : fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 3 }, made);
}

function objects(
  { properties = {}, required = [], additionalProperties }: Schema,
  words: readonly string[],
): fc.Arbitrary<object> {
  const own = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valuesOf(one, words)])),
    { requiredKeys: required },
  );
  if (typeof additionalProperties === 'object')
    return fc.dictionary(fc.string({ maxLength: 10 }), valuesOf(additionalProperties, words), { maxKeys: 3 });
  // Now and then an unknown one.
  return fc
    .tuple(own, fc.integer({ min: 0, max: 15 }))
    .map(([value, n]) => (n === 0 ? { ...value, unknown: n } : value));
}
