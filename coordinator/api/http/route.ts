import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { ERRORS, type ErrorCode } from '../../../shared/api/errors.ts';
import type { Caller } from '../../auth/auth.ts';
import type { Rule } from '../../auth/permissions.ts';

/** Static types of requests and answers come from the schemas that check and document them. */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** The server that routes are added to. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  SchemaTypes
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A file of the dashboard, open to anybody; any other route has its rule in auth/permissions.ts. */
    page?: true;
    rule?: Rule;
    /** Refusals of this route count as failed sign-ins. */
    signsIn?: true;
  }
  interface FastifyRequest {
    /** The caller: a principal's name; on a route for hosts the host's id, or the enrolment's; empty on a route for anybody. */
    actor: string;
    /** Null only on a route for anybody. */
    caller: Caller;
    /** Lets the answer go out even if the caller's credential ends meanwhile. */
    outlive: () => void;
  }
}

/** A schema that the document names once and refers to; see `openapi.ts`. */
export const named = <Schema extends TSchema>(name: string, _schema: Schema) =>
  Type.Unsafe<Static<Schema>>({ $ref: `${name}#` });

/**
 * The refusals of a route, for the document alone. The type is empty, so that a handler returns the type of its success.
 */
export function refusals(...codes: ErrorCode[]): Record<never, never> {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  );
}

export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Same key and body within 24 h: same answer, and nothing runs twice',
    }),
  ),
});

/** An answer without a body. */
export const NoContent = Type.Unsafe<null>({ type: 'null', description: 'Done' });

export const HostName = Type.String({ minLength: 1, maxLength: 64, description: 'Id or name of a host' });
export const HostParams = Type.Object({ host: Type.String({ description: 'Id or name of a host' }) });
export const IdParams = Type.Object({ id: Type.String() });

/** Most items of one page. */
const PAGE_MAX = 500;

export const pageLimit = (standard: number, maximum = PAGE_MAX) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description: `Most items to answer; ${standard} if absent` }));

/** One page of a list; `next` is the cursor of the page that follows, null on the last one. */
export const pageOf = <Item extends TSchema, Cursor extends TSchema>(item: Item, cursor: Cursor) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([cursor, Type.Null()]) });
