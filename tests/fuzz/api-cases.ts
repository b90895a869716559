import fc from 'fast-check';
import { hostileText, type Schema, valuesOf } from './schema-values.ts';

type Parameter = { in: string; name: string; required?: boolean; schema: Schema };
type Operation = {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
export type ApiDocument = { paths: Record<string, Record<string, Operation>> };

/** One request; `body` is sent as it is. */
export type ApiCase = {
  operationId: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
};

/** Requests to every operation of the document, most of them well-formed; `words`: names and ids that exist. */
export function casesOf({ paths }: ApiDocument, words: readonly string[]): fc.Arbitrary<ApiCase> {
  const operations = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => caseOf(method.toUpperCase(), template, operation, words)),
  );
  return fc.oneof(...operations);
}

function caseOf(
  method: string,
  template: string,
  operation: Operation,
  words: readonly string[],
): fc.Arbitrary<ApiCase> {
  const { operationId, parameters = [], requestBody } = operation;
  const of = (place: string) => parameters.filter((one) => one.in === place);
  const record = (place: string) => {
    const here = of(place);
    return fc.record(Object.fromEntries(here.map(({ name, schema }) => [name, valuesOf(schema, words)])), {
      requiredKeys: here.filter(({ required }) => required).map(({ name }) => name),
    });
  };
  const schema = requestBody?.content['application/json']?.schema;
  const body =
    schema === undefined
      ? fc.oneof({ arbitrary: fc.constant(null), weight: 9 }, fc.constantFrom('{}', 'null', 'x'))
      : fc.oneof(
          { arbitrary: valuesOf(schema, words).map((value) => JSON.stringify(value) ?? ''), weight: 12 },
          fc.constantFrom(null, '', '{', '[1,', '"\\ud800"', '{"__proto__":{"a":1}}', '{"a":1,"a":2}'),
          hostileText,
        );
  const type = fc.oneof(
    { arbitrary: fc.constant('application/json'), weight: 20 },
    fc.constantFrom('text/plain', 'application/json; charset=x', 'a'),
  );
  return fc
    .record({ path: record('path'), query: record('query'), header: record('header'), body, type })
    .map((made) => ({
      operationId,
      method,
      path: pathOf(template, made.path, made.query),
      headers: {
        ...Object.fromEntries(Object.entries(made.header).map(([name, value]) => [name, headerText(value)])),
        ...(made.body !== null && { 'content-type': made.type }),
      },
      body: made.body,
    }));
}

function pathOf(template: string, parameters: Record<string, unknown>, query: Record<string, unknown>): string {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encoded(parameters[name]) || '%20');
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}=${encoded(one)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** A single `%` stays one: no decoder takes it. */
const encoded = (value: unknown): string => (value === '%' ? '%' : encodeURIComponent(textOf(value).toWellFormed()));

const headerText = (value: unknown): string => textOf(value).replace(/[^ -~]/g, '?');
