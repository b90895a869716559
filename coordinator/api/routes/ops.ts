import { Type } from 'typebox';
import { OpView } from '../../../shared/api/resources.ts';
import type { OpDefinition } from '../../../shared/ops/op-definition.ts';
import type { OpCatalog } from '../../dispatch/op-catalog.ts';
import { type Api, named } from '../http/route.ts';

const view = ({
  id,
  description,
  executor,
  completion,
  takesSlot,
  retryable,
  thresholds: timeouts,
  options,
}: OpDefinition): OpView => ({ id, description, executor, completion, takesSlot, retryable, timeouts, options });

export type OpRoutesDeps = { catalog: Pick<OpCatalog, 'all'> };

export function opRoutes(api: Api, { catalog }: OpRoutesDeps): void {
  api.get(
    '/ops',
    {
      schema: {
        operationId: 'listOps',
        summary: 'Every op that can be dispatched: the built-in ones, and those that only hosts advertise',
        tags: ['ops'],
        response: { 200: Type.Array(named('Op', OpView)) },
      },
    },
    async () => catalog.all().map(view),
  );
}
