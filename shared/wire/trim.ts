import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { TEXT_MEDIA } from '../schema.ts';

/** The parts of a schema that this file reads. */
type Shape = TSchema & {
  type?: string;
  anyOf?: Shape[];
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  maxLength?: number;
  maxItems?: number;
  contentMediaType?: string;
};

/** The value cut to its schema, or `MISFIT`; adds changed places to `cut`. */
type Trim = (value: unknown, place: string, cut: string[]) => unknown;

/** The longest list, as JSON. A value that is shorter overall needs no check of its lists. */
export const LIST_BYTES = 64 * 1024;

/** Misfit items are skipped; after this many the rest of a list is ignored. */
const MOST_MISFITS = 1_000;

const MISFIT = Symbol('misfit');

export type Trimmed = {
  /** A copy without fields unknown to the schema. Only a check says whether it fits: a wrong type stays. */
  value: unknown;
  /** Places cut for their length, such as `/evidence/tests`. */
  cut: string[];
};

/**
 * Cuts values to a schema. Unknown fields go. An overlong text ends in "…". A list with `maxItems` is shortened to that and to
 * `LIST_BYTES`, and loses misfit items (`MOST_MISFITS`). Any other overlong string would change its meaning if cut: its item or
 * optional field goes, its nullable field becomes null, and a value that requires it does not fit.
 */
export function createTrim(schema: TSchema): (value: unknown) => Trimmed {
  const trim = trimOf(schema as Shape);
  return (given) => {
    const cut: string[] = [];
    const value = trim(given, '', cut);
    return { value: value === MISFIT ? undefined : value, cut };
  };
}

const asItIs: Trim = (value) => value;

function trimOf(schema: Shape): Trim {
  if (schema.anyOf) return trimNullable(schema.anyOf);
  if (schema.type === 'string' && schema.maxLength !== undefined) return trimString(schema, schema.maxLength);
  if (schema.type === 'array' && schema.items) return trimList(schema.items, schema.maxItems);
  if (schema.type === 'object' && schema.properties) return trimObject(schema.properties, schema.required ?? []);
  return asItIs;
}

/** Every union on the wire is a schema or null. */
function trimNullable(branches: readonly Shape[]): Trim {
  const schema = branches.find(({ type }) => type !== 'null');
  if (!schema) return asItIs;
  const trim = trimOf(schema);
  return (value, place, cut) => {
    if (value === null) return null;
    const fitted = trim(value, place, cut);
    return fitted === MISFIT ? null : fitted;
  };
}

function trimString({ contentMediaType }: Shape, maxLength: number): Trim {
  return (value, place, cut) => {
    if (typeof value !== 'string' || value.length <= maxLength) return value;
    cut.push(place);
    return contentMediaType === TEXT_MEDIA ? shortened(value, maxLength) : MISFIT;
  };
}

/** A copy: a slice would keep the whole string in memory. A character is never cut in half. */
function shortened(text: string, maxLength: number): string {
  const kept = text.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '');
  return `${Buffer.from(kept)}…`;
}

function trimList(items: Shape, maxItems: number | undefined): Trim {
  const trim = trimOf(items);
  return (value, place, cut) => {
    if (!Array.isArray(value)) return value;
    if (maxItems === undefined) {
      const whole = value.map((item) => trim(item, place, cut));
      return whole.includes(MISFIT) ? MISFIT : whole;
    }
    const fitting: unknown[] = [];
    let bytes = 0;
    let misfits = 0;
    for (const item of value) {
      const fitted = trim(item, place, cut);
      if (fitted === MISFIT || !Value.Check(items, fitted)) {
        misfits += 1;
        if (misfits > MOST_MISFITS) break;
        continue;
      }
      bytes += Buffer.byteLength(JSON.stringify(fitted)) + 1;
      if (fitting.length === maxItems || bytes > LIST_BYTES) break;
      fitting.push(fitted);
    }
    if (fitting.length < value.length) cut.push(place);
    return fitting;
  };
}

function trimObject(properties: Record<string, Shape>, required: readonly string[]): Trim {
  const fields = Object.entries(properties).map(([name, schema]) => ({ name, trim: trimOf(schema) }));
  return (value, place, cut) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const fitted: Record<string, unknown> = {};
    for (const { name, trim } of fields) {
      if (!Object.hasOwn(value, name)) continue;
      const field = trim((value as Record<string, unknown>)[name], `${place}/${name}`, cut);
      if (field !== MISFIT) fitted[name] = field;
      else if (required.includes(name)) return MISFIT;
    }
    return fitted;
  };
}
