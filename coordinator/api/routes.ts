import { type AgentSelfRoutesDeps, agentSelfRoutes } from './agent-self.ts';
import { type AttentionRoutesDeps, attentionRoutes } from './attention.ts';
import { type CommandRoutesDeps, commandRoutes } from './commands.ts';
import { type DashboardRoutesDeps, dashboardRoutes } from './dashboard.ts';
import { type DispatchRoutesDeps, dispatchRoutes } from './dispatch.ts';
import { type EventRoutesDeps, eventRoutes } from './events.ts';
import { type HealthRoutesDeps, healthRoutes } from './health.ts';
import { type HostRoutesDeps, hostRoutes } from './hosts.ts';
import { type MetricsRoutesDeps, metricsRoutes } from './metrics.ts';
import { openapiRoutes } from './openapi.ts';
import { type OpRoutesDeps, opRoutes } from './ops.ts';
import { type OutputRoutesDeps, outputRoutes } from './output.ts';
import type { Api } from './route.ts';
import { type SessionRoutesDeps, sessionRoutes } from './session.ts';
import { type TargetRoutesDeps, targetRoutes } from './target.ts';

export type RoutesDeps = AgentSelfRoutesDeps &
  AttentionRoutesDeps &
  CommandRoutesDeps &
  DashboardRoutesDeps &
  DispatchRoutesDeps &
  EventRoutesDeps &
  HealthRoutesDeps &
  HostRoutesDeps &
  MetricsRoutesDeps &
  OpRoutesDeps &
  OutputRoutesDeps &
  SessionRoutesDeps &
  TargetRoutesDeps;

/** Every route of PROTOCOL.md section 3. */
export function addRoutes(server: Api, deps: RoutesDeps): void {
  healthRoutes(server, deps);
  metricsRoutes(server, deps);
  dashboardRoutes(server, deps);
  void server.register(
    (api: Api, _options, done) => {
      hostRoutes(api, deps);
      agentSelfRoutes(api, deps);
      sessionRoutes(api, deps);
      attentionRoutes(api, deps);
      opRoutes(api, deps);
      dispatchRoutes(api, deps);
      commandRoutes(api, deps);
      outputRoutes(api, deps);
      eventRoutes(api, deps);
      targetRoutes(api, deps);
      openapiRoutes(api);
      done();
    },
    { prefix: '/api' },
  );
}
