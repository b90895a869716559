import { parse, TomlError } from 'smol-toml';
import type { Static, TSchema } from 'typebox';
import { lazyValidator } from '../lazy-validator.ts';
import { didYouMean } from '../text/typos.ts';
import { lineOfKey } from './toml-line.ts';

/** A file's value, or one line that says what does not fit and what belongs there, with its line number if known. */
export type TomlReading<Value> =
  | { kind: 'value'; value: Value }
  | { kind: 'fault'; fault: string; line?: number | null };

type Fault = { keyword: string; instancePath: string; message: string; params: object };

/** Makes the reader for one kind of TOML file. */
export function tomlReader<Schema extends TSchema>(schema: Schema): (text: string) => TomlReading<Static<Schema>> {
  const validator = lazyValidator(schema);
  return (text) => {
    let value: unknown;
    try {
      value = parse(text);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const [what] = error.message.split('\n');
      return { kind: 'fault', fault: `line ${error.line}, column ${error.column}: ${what}`, line: error.line };
    }
    if (validator().Check(value)) return { kind: 'value', value: value as Static<Schema> };
    const [fault] = validator().Errors(value);
    return {
      kind: 'fault',
      fault: describe(fault, schema),
      line: fault ? lineOfKey(text, keysOf(fault.instancePath)) : null,
    };
  };
}

function describe(fault: Fault | undefined, schema: TSchema): string {
  if (!fault) return 'does not fit its schema';
  const place = placeOf(fault.instancePath) || 'file';
  if (fault.keyword === 'boolean') {
    const keys = keysOf(fault.instancePath);
    return `${place}: there is no such key${didYouMean(keys.at(-1) ?? '', keysAt(schema, keys.slice(0, -1)))}`;
  }
  if ('allowedValues' in fault.params && Array.isArray(fault.params.allowedValues))
    return `${place}: must be one of ${fault.params.allowedValues.join(', ')}`;
  return `${place}: ${fault.message}`;
}

type Part = { properties?: Record<string, Part>; patternProperties?: Record<string, Part>; items?: Part };

/** The keys of a schema at a place; none if it does not list them. */
function keysAt(schema: TSchema, path: readonly string[]): string[] {
  let part: Part | undefined = schema as Part;
  for (const key of path)
    part = part?.properties?.[key] ?? Object.values(part?.patternProperties ?? {})[0] ?? part?.items;
  return Object.keys(part?.properties ?? {});
}

const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** `/ops/x/steps/0` in TOML notation: `ops.x.steps[0]`. */
function placeOf(pointer: string): string {
  let place = '';
  for (const key of keysOf(pointer)) {
    if (/^\d+$/.test(key)) place += `[${key}]`;
    else place += `${place && '.'}${key}`;
  }
  return place;
}
