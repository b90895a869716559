import { type TSchema, Type } from 'typebox';

/** Building blocks for every schema of the wire. */

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One word of a fixed set, as a union of literals so that the static type is exact. */
export const OneOf = <const T extends readonly string[]>(words: T, options: { description?: string } = {}) =>
  Type.Unsafe<T[number]>(Type.Enum([...words], options));

/** Integer milliseconds since the Unix epoch. */
export const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A duration in integer milliseconds. */
export const Duration = Type.Integer({ minimum: 0, maximum: 366 * 24 * 3_600_000 });

export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' });

export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** An exit code, within the range of any system. */
export const ExitCode = Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 32 - 1 });

/** Marks text for people, which may be cut; cutting any other string would change its meaning. */
export const TEXT_MEDIA = 'text/plain';

/** Text for people; `createTrim` cuts what is longer. */
export const Text = (maxLength: number) => Type.String({ maxLength, contentMediaType: TEXT_MEDIA });

/** The longest message. */
export const Message = Text(2000);

/** A commit, a hash, a version, or an id that somebody else made. */
export const Word = Type.String({ maxLength: 128 });

/** A path; no system takes a longer one. */
export const Path = Type.String({ maxLength: 4096 });

/** A full commit id, of either of git's hashes. */
export const CommitId = Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' });

/** Longer than people write. */
export const WHERE_MAX_LENGTH = 2000;

/** Which hosts are meant (docs/where.md). */
export const WhereText = Type.String({ minLength: 1, maxLength: WHERE_MAX_LENGTH });

/** The name of a person, beside the subject under which they act; absent if there is none or it is not known. Records hold none. */
export const PersonName = Type.Optional(Type.String());

/** The name of a host, an op or a tag: no spaces, nothing that needs quoting. */
export const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' });
