import { Type } from 'typebox';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Api } from '../http/route.ts';

export type MetricsRoutesDeps = { metrics: Pick<Metrics, 'text'> };

export function metricsRoutes(api: Api, { metrics }: MetricsRoutesDeps): void {
  api.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Counters and gauges in the Prometheus text format',
        tags: ['health'],
        response: {
          200: Type.Unsafe<string>({
            description: 'Metrics',
            content: { 'text/plain': { schema: { type: 'string' } } },
          }),
        },
      },
    },
    async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.text()),
  );
}
