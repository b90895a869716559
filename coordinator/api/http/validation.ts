import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type SchemaFault, SwitchyardError } from '../../../shared/api/errors.ts';
import { lazyValidator } from '../../../shared/lazy-validator.ts';

/** The parts of a schema that this file reads. */
type Shape = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Shape[];
  properties?: Record<string, Shape>;
};

/**
 * Checks bodies, queries, parameters and headers with the compiler that checks frames. Only a query is converted, because it has
 * no types of its own; nothing is removed or filled in.
 */
export const compileSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const validator = lazyValidator(schema);
  return (given) => {
    const value = httpPart === 'querystring' ? fromQuery(schema, given) : given;
    if (validator().Check(value)) return { value };
    const faults = faultsOf(schema, value);
    const [first] = faults;
    const part = httpPart === 'querystring' ? 'query' : httpPart;
    const detail = first ? `${part}${first.path} ${first.message}` : `${part} does not fit its schema`;
    return { error: new SwitchyardError('invalid_request', detail, { faults }) };
  };
};

function faultsOf(schema: TSchema, value: unknown): SchemaFault[] {
  const meant = branchOf(schema, value);
  if ('fault' in meant) return [meant.fault];
  return Compile(meant.schema)
    .Errors(value)
    .flatMap(({ keyword, instancePath, message, params }): SchemaFault[] => {
      // Reported again, one by one, as `boolean`.
      if (keyword === 'additionalProperties') return [];
      if (keyword === 'boolean') return [{ path: instancePath, message: 'is not known here' }];
      const words = 'allowedValues' in params ? `must be one of ${params.allowedValues.join(', ')}` : message;
      return [{ path: instancePath, message: words }];
    });
}

/** In a tagged union only the tagged branch has faults worth reporting. */
function branchOf(schema: TSchema, value: unknown): { schema: TSchema } | { fault: SchemaFault } {
  const { anyOf } = schema as Shape;
  const tag = anyOf && tagOf(anyOf[0]);
  if (!anyOf || tag === undefined || typeof value !== 'object' || value === null) return { schema };
  const meant = anyOf.find(({ properties }) => properties?.[tag]?.const === (value as Record<string, unknown>)[tag]);
  if (meant) return { schema: meant as TSchema };
  const words = anyOf.map(({ properties }) => properties?.[tag]?.const);
  return { fault: { path: `/${tag}`, message: `must be one of ${words.join(', ')}` } };
}

const tagOf = (branch: Shape | undefined): string | undefined =>
  Object.entries(branch?.properties ?? {}).find(([, { const: word }]) => word !== undefined)?.[0];

/** Converts words of a query to the schema's types; the rest stays text, for the schema to refuse. */
function fromQuery(schema: TSchema, query: unknown): Record<string, unknown> {
  const { properties = {} } = schema as Shape;
  return Object.fromEntries(
    Object.entries(query as Record<string, string | string[]>).map(([name, text]) => [
      name,
      fromText(properties[name]?.type, text),
    ]),
  );
}

function fromText(type: string | undefined, text: string | string[]): unknown {
  if (type === 'array') return [text].flat().flatMap((one) => one.split(','));
  if (type === 'integer' && /^-?\d{1,16}$/.test(String(text))) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
