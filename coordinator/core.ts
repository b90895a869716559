import type { Target } from '../shared/model/target.ts';
import type { OpDefinition, Thresholds } from '../shared/ops/op-definition.ts';
import type { Clock } from '../shared/time/clock.ts';
import { createIntake, type Intake, type IntakeDeps } from './agents/intake.ts';
import { type AttentionList, createAttentionList } from './attention/list.ts';
import type { PolicyConfig } from './config/policies.ts';
import type { WindowConfigs } from './config/windows.ts';
import { createDispatcher, type Dispatcher } from './dispatch/dispatcher.ts';
import { createOpCatalog, type OpCatalog } from './dispatch/op-catalog.ts';
import { createQuarantine, type Quarantine } from './dispatch/quarantine.ts';
import { createWindowBell } from './dispatch/window-bell.ts';
import { createWindows, type Windows } from './dispatch/windows.ts';
import { createFeed, type Feed } from './engine/changes.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import type { Guard } from './engine/guard.ts';
import { createLedger, type Ledger } from './engine/ledger.ts';
import { createSessions, type Sessions } from './engine/sessions.ts';
import { createSignals, type Signals } from './engine/signals.ts';
import { createStoreMark } from './engine/store-mark.ts';
import { createFitting, type Fitting } from './hosts/fitting.ts';
import { createRoster, type Roster } from './hosts/roster.ts';
import { createHostViews, type HostViews } from './hosts/view.ts';
import { type CommandRecord, hasResult } from './lifecycle/record.ts';
import { createPolicies, type Policies } from './rollout/run/policies.ts';
import { createRevocation, type Revoke } from './rollout/run/revocation.ts';
import { createRollouts, type Rollouts } from './rollout/run/rollouts.ts';
import { createRunner, type Runner } from './rollout/run/runner.ts';
import type { BegunMarks } from './store/marks.ts';
import type { Store } from './store/port.ts';
import type { Start } from './store/start.ts';

/** The deciding parts, which know nothing of HTTP, sockets and files. */
export type Core = {
  sessions: Sessions;
  feed: Feed;
  signals: Signals;
  ledger: Ledger;
  roster: Roster;
  views: HostViews;
  engine: Engine;
  catalog: OpCatalog;
  fitting: Fitting;
  quarantine: Quarantine;
  dispatcher: Dispatcher;
  windows: Windows;
  runner: Runner;
  rollouts: Rollouts;
  policies: Policies;
  /** Takes back what this actor asked for, may do no more, and nothing has begun, in the present turn. */
  revoke: Revoke;
  attention: AttentionList;
  intake: Intake;
  /** Stops its timers. */
  close(): void;
};

export type CoreDeps = {
  clock: Clock;
  store: Store;
  /** The state stored at the start. */
  start: Start;
  marks: BegunMarks;
  guard: Guard;
  /** Runs once at the end of the present turn of the event loop. */
  defer: (run: () => void) => void;
  outputs: IntakeDeps['outputs'];
  target: () => Target | null;
  windows: WindowConfigs;
  policies: readonly PolicyConfig[];
  thresholdsOf: (op: OpDefinition) => Thresholds;
  queuedPerHost: number;
  /** The maker of a rollout can't approve it. */
  twoPeople: boolean;
  /** The last known state of hosts could not be written. */
  onRosterFailed: (cause: unknown) => void;
};

/** Wires the parts, each after those that it uses. */
export function createCore(deps: CoreDeps): Core {
  const { clock, store, start, guard, defer, target } = deps;
  const windows = createWindows(deps.windows);
  const sessions = createSessions();
  const feed = createFeed({ guard });
  const signals = createSignals(guard);
  const ledger = createLedger({ store, live: start.live, defer, signals });
  const hasEnded = (commandId: string): boolean => {
    const record = ledger.get(commandId);
    return record !== null && hasResult(record);
  };
  const roster = createRoster({ clock, store, stored: start.hosts, hasEnded, onWriteFailed: deps.onRosterFailed });
  const views = createHostViews({ clock, store, roster, sessions, ledger, signals, target, defer });

  const engine = createEngine({ clock, ledger, sessions, feed, signals, guard });
  const catalog = createOpCatalog({ roster, thresholdsOf: deps.thresholdsOf });
  const storeMark = createStoreMark({ marks: deps.marks, signals });
  const attention = createAttentionList({ stored: start.unsettled, ledger, roster, signals });
  const fitting = createFitting({ store, ledger, roster, views, attention: attention.items });
  const quarantine = createQuarantine({ clock, ledger, signals, stored: start.quarantined });
  const dispatcher = createDispatcher({
    clock,
    engine,
    ledger,
    roster,
    sessions,
    views,
    catalog,
    signals,
    fitting,
    quarantine,
    windows,
    target,
    queuedPerHost: deps.queuedPerHost,
  });
  const wake = (hostId: string): void => ledger.inTurnOf(hostId, () => dispatcher.wake(hostId));
  const bell = createWindowBell({
    clock,
    windows,
    onOpen() {
      const waiting = [...ledger.allLive()].filter(isQueued).map(({ command }) => command.hostId);
      for (const hostId of new Set(waiting)) wake(hostId);
    },
  });
  const runner = createRunner({
    clock,
    store,
    ledger,
    feed,
    signals,
    guard,
    roster,
    sessions,
    views,
    engine,
    dispatcher,
    quarantine,
    catalog,
    windows,
    stored: start.rollouts,
    prepare: views.prepare,
  });
  const rollouts = createRollouts({
    clock,
    store,
    ledger,
    roster,
    sessions,
    catalog,
    fitting,
    target,
    runner,
    quarantine,
    windows,
    twoPeople: deps.twoPeople,
  });
  const policies = createPolicies({
    clock,
    ledger,
    feed,
    guard,
    roster,
    runner,
    rollouts,
    target,
    configs: deps.policies,
    stored: start.policies,
  });
  const intake = createIntake({
    clock,
    engine,
    ledger,
    roster,
    sessions,
    feed,
    target,
    outputs: deps.outputs,
    storeMark,
    prepare: (hostId) => (ledger.live(hostId).some(isQueued) ? views.prepare([hostId]) : undefined),
    onHostChanged: wake,
  });
  return {
    sessions,
    feed,
    signals,
    ledger,
    roster,
    views,
    engine,
    catalog,
    fitting,
    quarantine,
    dispatcher,
    windows,
    runner,
    rollouts,
    policies,
    revoke: createRevocation({ clock, ledger, engine, runner, roster }),
    attention: { ...attention, items: () => [...rollouts.attention(), ...attention.items()] },
    intake,
    close() {
      bell.close();
      policies.close();
      runner.close();
      engine.close();
    },
  };
}

const isQueued = ({ command }: CommandRecord): boolean => command.status === 'QUEUED';
