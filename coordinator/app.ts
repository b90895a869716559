import type { Logger } from 'pino';
import type { Target } from '../shared/model/target.ts';
import type { Clock } from '../shared/time/clock.ts';
import { CLOSE } from '../shared/wire/protocol.ts';
import { createGateway } from './agents/gateway.ts';
import type { Patience } from './api/http/patience.ts';
import type { Api } from './api/http/route.ts';
import type { Config } from './config/config.ts';
import type { FileConfig } from './config/config-file.ts';
import { thresholdsFrom } from './config/thresholds.ts';
import { createCore } from './core.ts';
import { createEndpoints } from './endpoints.ts';
import { countFoundOutput } from './engine/found-output.ts';
import { createGuard } from './engine/guard.ts';
import { createSignal } from './engine/signals.ts';
import { createNotify } from './notify/notify.ts';
import type { OutputKeeper } from './output/keeper.ts';
import { createOutputs } from './output/outputs.ts';
import { createPeople } from './people.ts';
import { createRegistration } from './registration.ts';
import { createRetention } from './retention.ts';
import { beginMarks } from './store/begin-marks.ts';
import type { Store } from './store/port.ts';
import { readStart } from './store/start.ts';
import { tellDamage } from './store/tell-damage.ts';
import { createTargetPoller } from './target/poller.ts';
import { createTargetReader } from './target/reader.ts';

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
export async function buildApp(deps: AppDeps): Promise<App> {
  const { clock, log, config, store, keeper, adminToken, defer, bounds } = deps;
  const { dataDir, limits } = config;
  store.onDamaged((damage) => tellDamage({ clock, log, store }, damage));
  // Before this start writes anything else.
  const marks = await beginMarks(store, clock.now());
  const start = await readStart(store, clock.now());
  const guard = createGuard(log);
  const outputs = createOutputs({ keeper, limitBytes: limits.outputBytes, clock, log });

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
    outputs: outputs.log,
    target: target.current,
    windows: config.windows,
    policies: config.policies,
    thresholdsOf: thresholdsFrom(config.ops),
    queuedPerHost: limits.queuedPerHost,
    twoPeople: config.access.twoPeople,
    onRosterFailed: (err) => log.warn({ err }, 'what is last known of hosts could not be written'),
  });
  const { feed, signals, ledger, roster, engine, catalog, revoke } = core;
  await countFoundOutput({ clock, engine, ledger, outputs: outputs.log });
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

  const gateway = createGateway({ clock, log, intake: core.intake, sessions: core.sessions, defer });
  signals.untold.listen(({ cause: err, hostIds }) => {
    log.error({ err }, 'a message to a host was lost; its connection is closed');
    for (const hostId of hostIds) gateway.closeHost(hostId, CLOSE.internalError, 'something told to it was lost');
  });
  const notify = createNotify({ clock, log, guard, config, store, stored: start.outbox, core });
  const registration = createRegistration({ clock, log, core, start, gateway, maxHosts: limits.hosts });
  const { formerTokens, enrolments } = registration;
  const { hosts } = store;
  const people = createPeople({
    ...{ clock, log, ledger, config, start, hosts, formerTokens, enrolments, adminToken, revoke },
  });
  const { server, liveFeed, upgrade, refusals } = await createEndpoints({
    clock,
    log,
    config,
    store,
    guard,
    core,
    people,
    registration,
    outputs,
    notify,
    target,
    gateway,
    defer,
    bounds,
  });
  const retention = createRetention({ clock, log, store, outputs: outputs.log, ...config.retention });

  return {
    server,
    ops: () => catalog.all().map(({ id }) => id),
    async close() {
      upgrade.close();
      const stopped = server.close();
      await Promise.all([gateway.close(), liveFeed.close()]);
      await Promise.all([stopped, target.close(), retention.close()]);
      await notify.close();
      await outputs.log.close();
      for (const part of [people, registration, refusals, core]) part.close();
      // This is the last turn. If it fails, nothing of it was published.
      await ledger.commit().catch(() => {});
      roster.close();
    },
  };
}
