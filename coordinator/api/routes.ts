import type { Api } from './http/route.ts';
import { openapiRoutes } from './openapi.ts';
import { type AgentEnrolRoutesDeps, agentEnrolRoutes } from './routes/agent-enrol.ts';
import { type AgentSelfRoutesDeps, agentSelfRoutes } from './routes/agent-self.ts';
import { type AttentionRoutesDeps, attentionRoutes } from './routes/attention.ts';
import { type CommandRoutesDeps, commandRoutes } from './routes/commands.ts';
import { type DashboardRoutesDeps, dashboardRoutes } from './routes/dashboard.ts';
import { type DispatchRoutesDeps, dispatchRoutes } from './routes/dispatch.ts';
import { type EnrolmentRoutesDeps, enrolmentRoutes } from './routes/enrolments.ts';
import { type EventRoutesDeps, eventRoutes } from './routes/events.ts';
import { type HealthRoutesDeps, healthRoutes } from './routes/health.ts';
import { type HostRoutesDeps, hostRoutes } from './routes/hosts.ts';
import { type MetricsRoutesDeps, metricsRoutes } from './routes/metrics.ts';
import { type NotifyRoutesDeps, notifyRoutes } from './routes/notify.ts';
import { type OidcRoutesDeps, oidcRoutes } from './routes/oidc.ts';
import { type OidcDeviceRoutesDeps, oidcDeviceRoutes } from './routes/oidc-device.ts';
import { type OidcStepUpRoutesDeps, oidcStepUpRoutes } from './routes/oidc-step-up.ts';
import { type OpRoutesDeps, opRoutes } from './routes/ops.ts';
import { type OutputRoutesDeps, outputRoutes } from './routes/output.ts';
import { type PolicyRoutesDeps, policyRoutes } from './routes/policies.ts';
import { type QuarantineRoutesDeps, quarantineRoutes } from './routes/quarantine.ts';
import { type RolloutRoutesDeps, rolloutRoutes } from './routes/rollouts.ts';
import { type SessionRoutesDeps, sessionRoutes } from './routes/session.ts';
import { type SessionListRoutesDeps, sessionListRoutes } from './routes/sessions.ts';
import { socketRoutes } from './routes/sockets.ts';
import { type TargetRoutesDeps, targetRoutes } from './routes/target.ts';
import { type TokenRoutesDeps, tokenRoutes } from './routes/tokens.ts';
import { type WhoamiRoutesDeps, whoamiRoutes } from './routes/whoami.ts';
import { type WindowRoutesDeps, windowRoutes } from './routes/windows.ts';

export type RoutesDeps = AgentEnrolRoutesDeps &
  AgentSelfRoutesDeps &
  AttentionRoutesDeps &
  CommandRoutesDeps &
  DashboardRoutesDeps &
  DispatchRoutesDeps &
  EnrolmentRoutesDeps &
  EventRoutesDeps &
  HealthRoutesDeps &
  HostRoutesDeps &
  MetricsRoutesDeps &
  NotifyRoutesDeps &
  OidcRoutesDeps &
  OidcDeviceRoutesDeps &
  OidcStepUpRoutesDeps &
  OpRoutesDeps &
  OutputRoutesDeps &
  PolicyRoutesDeps &
  QuarantineRoutesDeps &
  RolloutRoutesDeps &
  SessionRoutesDeps &
  SessionListRoutesDeps &
  TargetRoutesDeps &
  TokenRoutesDeps &
  WindowRoutesDeps &
  WhoamiRoutesDeps;

/** Every route of docs/protocol.md section 3. */
export function addRoutes(server: Api, deps: RoutesDeps): void {
  healthRoutes(server, deps);
  metricsRoutes(server, deps);
  dashboardRoutes(server, deps);
  socketRoutes(server, ['/ws/agent', '/ws/dashboard']);
  void server.register(
    (api: Api, _options, done) => {
      hostRoutes(api, deps);
      agentSelfRoutes(api, deps);
      agentEnrolRoutes(api, deps);
      sessionRoutes(api, deps);
      sessionListRoutes(api, deps);
      oidcRoutes(api, deps);
      oidcDeviceRoutes(api, deps);
      oidcStepUpRoutes(api, deps);
      attentionRoutes(api, deps);
      opRoutes(api, deps);
      dispatchRoutes(api, deps);
      commandRoutes(api, deps);
      rolloutRoutes(api, deps);
      quarantineRoutes(api, deps);
      windowRoutes(api, deps);
      policyRoutes(api, deps);
      outputRoutes(api, deps);
      eventRoutes(api, deps);
      targetRoutes(api, deps);
      notifyRoutes(api, deps);
      tokenRoutes(api, deps);
      enrolmentRoutes(api, deps);
      whoamiRoutes(api, deps);
      openapiRoutes(api);
      done();
    },
    { prefix: '/api' },
  );
}
