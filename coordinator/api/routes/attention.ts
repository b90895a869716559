import { Type } from 'typebox';
import { AttentionItem } from '../../../shared/model/attention.ts';
import { type Api, named } from '../http/route.ts';

export type AttentionRoutesDeps = {
  /** Everything that waits for a person, most urgent first. */
  attention: () => AttentionItem[];
};

export function attentionRoutes(api: Api, { attention }: AttentionRoutesDeps): void {
  api.get(
    '/attention',
    {
      schema: {
        operationId: 'listAttention',
        summary: 'Everything that waits for a person, most urgent first',
        tags: ['commands'],
        response: { 200: Type.Array(named('AttentionItem', AttentionItem)) },
      },
    },
    async () => attention(),
  );
}
