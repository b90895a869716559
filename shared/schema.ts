import { type TSchema, Type } from 'typebox';

/** Building blocks that every schema of the wire is made of. */

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One of a fixed set of words, as a union of literals so that the static type is exact. */
export const OneOf = <const T extends readonly string[]>(words: T) => Type.Unsafe<T[number]>(Type.Enum([...words]));

/** Integer milliseconds since the Unix epoch. */
export const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A duration in integer milliseconds. */
export const Duration = Type.Integer({ minimum: 0, maximum: 366 * 24 * 3_600_000 });

export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });

export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** The name of a host, an op or a tag as people write it: no spaces, nothing that needs quoting. */
export const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' });
