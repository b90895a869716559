import { Type } from 'typebox';
import { WindowView } from '../../../shared/model/window.ts';
import { type Api, named } from '../http/route.ts';

export type WindowRoutesDeps = { windows: () => WindowView[] };

export function windowRoutes(api: Api, { windows }: WindowRoutesDeps): void {
  api.get(
    '/windows',
    {
      schema: {
        operationId: 'listWindows',
        summary: 'Windows of CONFIG in which hosts may be activated and rebooted, in its order',
        tags: ['rollouts'],
        response: { 200: Type.Array(named('Window', WindowView)) },
      },
    },
    async () => windows(),
  );
}
