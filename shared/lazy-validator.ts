import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** Gives the validator of `schema` and compiles it at the first call: all at once would take a fifth of a program's start. */
export function lazyValidator<Schema extends TSchema>(schema: Schema): () => Validator<Record<never, never>, Schema> {
  let validator: Validator<Record<never, never>, Schema> | null = null;
  return () => {
    validator ??= Compile(schema);
    return validator;
  };
}
