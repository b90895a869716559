import { Type } from 'typebox';
import { COMPLETIONS, type OpDefinition } from '../../../shared/ops.ts';
import { Duration, Nullable, OneOf } from '../../../shared/schema.ts';
import type { OpCatalog } from '../../dispatch/op-catalog.ts';
import { type Api, named } from '../http/route.ts';

/** An op as people see it; `timeouts` as CONFIG has them. */
export const Op = Type.Object({
  id: Type.String(),
  description: Type.String(),
  executor: OneOf(['agent', 'coordinator']),
  completion: Nullable(OneOf(COMPLETIONS)),
  takesSlot: Type.Boolean(),
  retryable: Type.Boolean(),
  timeouts: Type.Object({
    warningMs: Nullable(Duration),
    timeoutMs: Nullable(Duration),
    reconnectMs: Nullable(Duration),
    postCheckMs: Duration,
    killGraceMs: Duration,
    notAfterMs: Duration,
    onTimeout: OneOf(['ask', 'kill']),
    decisionMs: Duration,
  }),
  /** A JSON schema of the options that a dispatch may give. */
  options: Type.Unsafe<object>({ type: 'object' }),
});

const view = ({
  id,
  description,
  executor,
  completion,
  takesSlot,
  retryable,
  thresholds: timeouts,
  options,
}: OpDefinition) => ({ id, description, executor, completion, takesSlot, retryable, timeouts, options });

export type OpRoutesDeps = { catalog: Pick<OpCatalog, 'all'> };

export function opRoutes(api: Api, { catalog }: OpRoutesDeps): void {
  api.get(
    '/ops',
    {
      schema: {
        operationId: 'listOps',
        summary: 'Every op that can be dispatched: the built-in ones, and those that only hosts advertise',
        tags: ['ops'],
        response: { 200: Type.Array(named('Op', Op)) },
      },
    },
    async () => catalog.all().map(view),
  );
}
