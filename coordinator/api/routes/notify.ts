import { Type } from 'typebox';
import { Receiver, TestAnswer } from '../../../shared/model/notify.ts';
import type { Notify } from '../../notify/notify.ts';
import { type Api, named, refusals } from '../http/route.ts';

export type NotifyRoutesDeps = { notify: Pick<Notify, 'receivers' | 'test'> };

export function notifyRoutes(api: Api, { notify }: NotifyRoutesDeps): void {
  api.get(
    '/notify',
    {
      schema: {
        operationId: 'listReceivers',
        summary: 'Receivers of notices, and how the last delivery to each ended',
        tags: ['notify'],
        response: { 200: Type.Array(named('Receiver', Receiver)) },
      },
    },
    async () => notify.receivers(),
  );

  api.post(
    '/notify/:name/test',
    {
      schema: {
        operationId: 'testReceiver',
        summary: 'Sends a receiver a test at once, and says whether it took it',
        tags: ['notify'],
        params: Type.Object({ name: Type.String({ description: 'Name of a `[[notify]]`' }) }),
        response: { 200: TestAnswer, ...refusals('unknown_receiver', 'rate_limited') },
      },
    },
    async ({ params: { name }, actor }) => notify.test(name, actor),
  );
}
