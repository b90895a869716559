import type { Logger } from 'pino';
import type { Clock } from '../shared/clock.ts';
import { CLOSE } from '../shared/protocol.ts';
import type { Target } from '../shared/target.ts';
import { createGateway } from './agents/gateway.ts';
import { PATIENCE, type Patience } from './api/http/patience.ts';
import type { Api } from './api/http/route.ts';
import { readDashboard } from './api/routes/dashboard.ts';
import { createServer } from './api/server.ts';
import { createFormerTokens } from './auth/former-tokens.ts';
import { createGuesses } from './auth/guesses.ts';
import { createRefusals } from './auth/refusals.ts';
import { createUpgradeRefuser } from './auth/refused-upgrade.ts';
import { createStrangers } from './auth/strangers.ts';
import { createAddressOf } from './config/client-address.ts';
import type { Config } from './config/config.ts';
import type { FileConfig } from './config/config-file.ts';
import { thresholdsFrom } from './config/thresholds.ts';
import { createCore } from './core.ts';
import { createAnswers } from './dispatch/answers.ts';
import { createDecisions } from './dispatch/decisions.ts';
import { createIdempotency } from './dispatch/idempotency.ts';
import { countFoundOutput } from './engine/found-output.ts';
import { createGuard } from './engine/guard.ts';
import { createSignal } from './engine/signals.ts';
import { createEnrolment } from './hosts/enrolment.ts';
import { createHoldings } from './hosts/output-holding.ts';
import { createRegistry } from './hosts/registry.ts';
import { createLiveFeed } from './live-feed/live-feed.ts';
import { loadState } from './live-feed/load.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createNotify } from './notify/notify.ts';
import { createOutputIndexer } from './output/index.ts';
import type { OutputKeeper } from './output/keeper.ts';
import { createOutputLog } from './output/log.ts';
import { createOutputReader } from './output/reader.ts';
import { createOutputSearch } from './output/search.ts';
import { createPeople } from './people.ts';
import { createRetention } from './retention.ts';
import { beginMarks } from './store/begin-marks.ts';
import type { Store } from './store/port.ts';
import { readStart } from './store/start.ts';
import { tellDamage } from './store/tell-damage.ts';
import { createTargetPoller } from './target/poller.ts';
import { createTargetReader } from './target/reader.ts';
import { createAgentUpgrade, createDashboardUpgrade, createUpgradeRouter } from './upgrade.ts';

/** The coordinator: built, and not yet listening. */
export type App = {
  server: Api;
  /** Ids of all ops that can be dispatched. */
  ops(): string[];
  /** Ends every connection and waits for what is being written; the store stays open. */
  close(): Promise<void>;
};

export type AppDeps = {
  clock: Clock;
  log: Logger;
  config: FileConfig & Pick<Config, 'dataDir'>;
  store: Store;
  /** Where output is kept. */
  keeper: OutputKeeper;
  adminToken: string;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
  /** For clients that have shown no token yet. */
  bounds?: { strangers?: { perAddress?: number; overall?: number }; patience?: Partial<Patience> };
};

/** Puts the parts together; their loops run from here on. */
export async function buildApp({
  clock,
  log,
  config,
  store,
  keeper,
  adminToken,
  defer,
  bounds,
}: AppDeps): Promise<App> {
  const { dataDir, limits } = config;
  const { origins } = config.dashboard;
  store.onDamaged((damage) => tellDamage({ clock, log, store }, damage));
  // Before this start writes anything else.
  const marks = await beginMarks(store, clock.now());
  const start = await readStart(store, clock.now());
  const guard = createGuard(log);

  const outputs = createOutputLog({ keeper, limitBytes: limits.outputBytes, clock, log });
  const reader = createOutputReader({ keeper, outputs });
  const indexer = createOutputIndexer({ keeper, outputs, reader });
  const search = createOutputSearch({ reader, indexer });

  const looked = createSignal<{ found: Target; isNew: boolean }>();
  const target = createTargetPoller({
    clock,
    reader: createTargetReader(config.target, { clock, dataDir }),
    pollMs: config.target?.pollMs ?? 0,
    onLook: (found, isNew) => looked.tell({ found, isNew }),
  });
  const core = createCore({
    clock,
    store,
    start,
    marks,
    guard,
    defer,
    outputs,
    target: target.current,
    windows: config.windows,
    policies: config.policies,
    thresholdsOf: thresholdsFrom(config.ops),
    queuedPerHost: limits.queuedPerHost,
    twoPeople: config.access.twoPeople,
    onRosterFailed: (err) => log.warn({ err }, 'what is last known of hosts could not be written'),
  });
  const {
    sessions,
    feed,
    signals,
    ledger,
    roster,
    views,
    engine,
    catalog,
    fitting,
    dispatcher,
    windows,
    policies,
    attention,
    intake,
    quarantine,
    rollouts,
  } = core;
  await countFoundOutput({ clock, engine, ledger, outputs });
  looked.listen(({ found, isNew }) => {
    const hosts = isNew ? roster.all() : [];
    feed.publish([
      { type: 'target', target: found },
      ...hosts.map(({ id }) => ({ type: 'host' as const, hostId: id })),
    ]);
  });
  signals.ended.listen(({ evidence }) => {
    if (evidence?.fetchedCommit !== undefined) target.fetched(evidence.fetchedCommit);
  });
  signals.failed.listen(({ cause: err }) =>
    log.error({ err }, 'the store cannot be written; nothing of this turn was kept'),
  );

  const gateway = createGateway({ clock, log, intake, defer });
  signals.untold.listen(({ cause: err, hostIds }) => {
    log.error({ err }, 'a message to a host was lost; its connection is closed');
    for (const hostId of hostIds) gateway.closeHost(hostId, CLOSE.internalError, 'something told to it was lost');
  });
  const notify = createNotify({ clock, log, guard, config, store, stored: start.outbox, core });
  const formerTokens = createFormerTokens({
    clock,
    log,
    ledger,
    stored: start.formerTokens,
    nameOf: (hostId) => roster.byId(hostId)?.name ?? hostId,
    closeHost: (hostId, reason) => gateway.closeHost(hostId, CLOSE.tokenRevoked, reason),
  });
  const registry = createRegistry({
    clock,
    engine,
    ledger,
    roster,
    views,
    forget(hostId) {
      views.forget(hostId);
      attention.forget(hostId);
    },
    feed,
    closeHost: gateway.closeHost,
    formerTokens,
    maxHosts: limits.hosts,
  });
  const enrolment = createEnrolment({ clock, log, ledger, feed, registry, roster, sessions, start });
  const { enrolments, waitingHosts, enrol } = enrolment;
  const attentionItems = () => [...attention.items(), ...waitingHosts.attention(), ...notify.attention()];
  const metrics = createMetrics({ core, traffic: intake.traffic, attention: attentionItems, notify });
  const holdingOf = createHoldings({ outputs, sessions, roster });
  const { hosts } = store;
  const { revoke } = core;
  const people = createPeople({
    ...{ clock, log, ledger, config, start, hosts, formerTokens, enrolments, adminToken, revoke },
  });
  const { auth, signIns, names, apiTokens, oidc } = people;
  const addressOf = createAddressOf(config.access.trustedProxies);
  const guesses = createGuesses({ clock, log });
  const strangers = createStrangers({ clock, log, ...bounds?.strangers });
  const refusals = createRefusals({ clock, log, ledger, hostId: (host) => roster.find(host)?.id ?? null });
  const server = await createServer({
    clock,
    log,
    defer,
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
    views,
    catalog,
    dispatcher,
    ledger,
    store,
    metrics,
    feed,
    holdingOf,
    reader,
    indexer,
    search,
    fitting,
    target,
    quarantine,
    windows: () => windows.view(clock.now()),
    policies,
    rollouts,
    notify,
    dashboard: readDashboard(),
    answers: createAnswers({ clock, engine, ledger, roster, dispatcher }),
    decisions: createDecisions({ clock, engine, ledger, roster, sessions }),
    idempotency: createIdempotency({ clock, store, ledger }),
    attention: attentionItems,
  });
  const liveFeed = createLiveFeed({
    clock,
    log,
    feed,
    guard,
    reader,
    outputs,
    holdingOf,
    load: () =>
      loadState({
        store,
        ledger,
        roster,
        views,
        attention: attentionItems,
        target: target.current,
        rollouts: rollouts.summaries,
      }),
    committed: ledger.commit,
    named: names.beside,
    host: views.of,
    attention: attentionItems,
    rollout: rollouts.summary,
    rolloutHost: rollouts.host,
    record: ledger.committed,
  });
  const upgrade = createUpgradeRouter({
    addressOf,
    strangers,
    guesses,
    refusals,
    refuser: createUpgradeRefuser(clock),
    routes: {
      '/ws/agent': createAgentUpgrade({ auth, gateway }),
      '/ws/dashboard': createDashboardUpgrade({ auth, liveFeed, origins }),
    },
  });
  server.server.on('upgrade', upgrade.route);
  const retention = createRetention({ clock, log, store, outputs, ...config.retention });

  return {
    server,
    ops: () => catalog.all().map(({ id }) => id),
    async close() {
      upgrade.close();
      const stopped = server.close();
      await Promise.all([gateway.close(), liveFeed.close()]);
      await Promise.all([stopped, target.close(), retention.close()]);
      await notify.close();
      await outputs.close();
      for (const part of [people, formerTokens, enrolment, refusals, core]) part.close();
      // This is the last turn. If it fails, nothing of it was published.
      await ledger.commit().catch(() => {});
      roster.close();
    },
  };
}
