import type { Logger } from 'pino';
import type { AttentionItem } from '../shared/model/attention.ts';
import type { Clock } from '../shared/time/clock.ts';
import type { Gateway } from './agents/gateway.ts';
import { PATIENCE, type Patience } from './api/http/patience.ts';
import type { Api } from './api/http/route.ts';
import { readDashboard } from './api/routes/dashboard.ts';
import { createServer } from './api/server.ts';
import { createGuesses } from './auth/guesses.ts';
import { createRefusals, type Refusals } from './auth/refusals.ts';
import { createUpgradeRefuser } from './auth/refused-upgrade.ts';
import { createStrangers } from './auth/strangers.ts';
import { createAddressOf } from './config/client-address.ts';
import type { FileConfig } from './config/config-file.ts';
import type { Core } from './core.ts';
import { createAnswers } from './dispatch/answers.ts';
import { createDecisions } from './dispatch/decisions.ts';
import { createIdempotency } from './dispatch/idempotency.ts';
import type { Guard } from './engine/guard.ts';
import { createHoldings } from './hosts/output-holding.ts';
import { createLiveFeed, type LiveFeed } from './live-feed/live-feed.ts';
import { loadState } from './live-feed/load.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { Notify } from './notify/notify.ts';
import type { Outputs } from './output/outputs.ts';
import type { People } from './people.ts';
import type { Registration } from './registration.ts';
import type { Store } from './store/port.ts';
import type { TargetPoller } from './target/poller.ts';
import { createAgentUpgrade, createDashboardUpgrade, createUpgradeRouter, type UpgradeRouter } from './upgrade.ts';

/** The HTTP server with its API and its WebSockets. */
export type Endpoints = { server: Api; liveFeed: LiveFeed; upgrade: UpgradeRouter; refusals: Refusals };

export type EndpointsDeps = {
  clock: Clock;
  log: Logger;
  config: Pick<FileConfig, 'access' | 'dashboard'>;
  store: Store;
  guard: Guard;
  core: Core;
  people: People;
  registration: Registration;
  outputs: Outputs;
  notify: Notify;
  target: TargetPoller;
  gateway: Gateway;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
  /** For clients that have shown no token yet. */
  bounds?: { strangers?: { perAddress?: number; overall?: number }; patience?: Partial<Patience> } | undefined;
};

export async function createEndpoints(deps: EndpointsDeps): Promise<Endpoints> {
  const { clock, log, config, store, core, people, registration, notify, target, bounds } = deps;
  const { origins } = config.dashboard;
  const { engine, ledger, roster, sessions, dispatcher, windows } = core;
  const { enrolments, waitingHosts, enrol, registry } = registration;
  const { auth, signIns, names, apiTokens, oidc } = people;
  const attention = () => [...core.attention.items(), ...waitingHosts.attention(), ...notify.attention()];
  const holdingOf = createHoldings({ outputs: deps.outputs.log, sessions, roster });
  const addressOf = createAddressOf(config.access.trustedProxies);
  const guesses = createGuesses({ clock, log });
  const strangers = createStrangers({ clock, log, ...bounds?.strangers });
  const refusals = createRefusals({ clock, log, ledger, hostId: (host) => roster.find(host)?.id ?? null });
  const server = await createServer({
    clock,
    log,
    defer: deps.defer,
    addressOf,
    guesses,
    strangers,
    refusals,
    patience: { ...PATIENCE, ...bounds?.patience },
    auth,
    signIns,
    names,
    oidc,
    apiTokens,
    enrolments,
    waitingHosts,
    enrol,
    origins,
    access: config.access,
    registry,
    roster,
    views: core.views,
    catalog: core.catalog,
    dispatcher,
    ledger,
    store,
    metrics: createMetrics({ core, traffic: core.intake.traffic, attention, notify }),
    feed: core.feed,
    holdingOf,
    reader: deps.outputs.reader,
    indexer: deps.outputs.indexer,
    search: deps.outputs.search,
    fitting: core.fitting,
    target,
    quarantine: core.quarantine,
    windows: () => windows.view(clock.now()),
    policies: core.policies,
    rollouts: core.rollouts,
    notify,
    dashboard: readDashboard(),
    answers: createAnswers({ clock, engine, ledger, roster, dispatcher }),
    decisions: createDecisions({ clock, engine, ledger, roster, sessions }),
    idempotency: createIdempotency({ clock, store, ledger }),
    attention,
  });
  const liveFeed = createFeedOf({ ...deps, attention, holdingOf });
  const upgrade = createUpgradeRouter({
    addressOf,
    strangers,
    guesses,
    refusals,
    refuser: createUpgradeRefuser(clock),
    routes: {
      '/ws/agent': createAgentUpgrade({ auth, gateway: deps.gateway, roster }),
      '/ws/dashboard': createDashboardUpgrade({ auth, liveFeed, origins }),
    },
  });
  server.server.on('upgrade', upgrade.route);
  return { server, liveFeed, upgrade, refusals };
}

type FeedParts = Pick<EndpointsDeps, 'clock' | 'log' | 'guard' | 'store' | 'core' | 'people' | 'outputs' | 'target'> & {
  attention: () => AttentionItem[];
  holdingOf: ReturnType<typeof createHoldings>;
};

function createFeedOf(parts: FeedParts): LiveFeed {
  const { clock, log, guard, store, attention, holdingOf } = parts;
  const { feed, ledger, roster, views, rollouts } = parts.core;
  const { reader, log: outputs } = parts.outputs;
  const target = parts.target.current;
  return createLiveFeed({
    clock,
    log,
    feed,
    guard,
    reader,
    outputs,
    holdingOf,
    load: () => loadState({ store, ledger, roster, views, attention, target, rollouts: rollouts.summaries }),
    committed: ledger.commit,
    named: parts.people.names.beside,
    host: views.of,
    attention,
    rollout: rollouts.summary,
    rolloutHost: rollouts.host,
    record: ledger.committed,
  });
}
