import { SwitchyardError } from '../../shared/api/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { AttentionItem } from '../../shared/model/attention.ts';
import type { Notice, Receiver, TestAnswer } from '../../shared/model/notify.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { AttentionList } from '../attention/list.ts';
import type { Log } from '../config/log.ts';
import type { ReceiverConfig } from '../config/notify.ts';
import type { Feed } from '../engine/changes.ts';
import type { Guard } from '../engine/guard.ts';
import type { Ledger } from '../engine/ledger.ts';
import type { Sessions } from '../engine/sessions.ts';
import type { Signals } from '../engine/signals.ts';
import type { Roster } from '../hosts/roster.ts';
import type { HostViews } from '../hosts/view.ts';
import type { Store } from '../store/port.ts';
import type { ReceiverState } from '../store/records.ts';
import type { Start } from '../store/start.ts';
import { type Courier, createCourier } from './courier.ts';
import { createDeliver, createPing, type Deliver, type DeliverDeps } from './deliver.ts';
import { messageOf } from './formats/message.ts';
import { createOutbox } from './outbox.ts';
import { createPinger, type Pinger } from './pinger.ts';
import { newReceiver, type Outcome } from './progress.ts';
import { attentionTo, receiverView } from './receiver-view.ts';
import { createWatch } from './watch.ts';

/** Tells outside receivers (docs/notifications.md). */
export type Notify = {
  receivers(): Receiver[];
  /** Sends a receiver a test. Throws `unknown_receiver`, or `rate_limited` while another test is under way. */
  test(name: string, actor: string): Promise<TestAnswer>;
  /** Items for receivers that missed notices. */
  attention(): AttentionItem[];
  /** Notices dropped at the bound since the start. */
  omitted(name: string): number;
  close(): Promise<void>;
};

export type NotifyDeps = {
  clock: Clock;
  log: Log;
  guard: Guard;
  config: { notify: readonly ReceiverConfig[]; access: { publicUrl: string | null } };
  store: Pick<Store, 'outbox' | 'probe'>;
  stored: Start['outbox'];
  /** The parts that decide. */
  core: {
    ledger: Ledger;
    signals: Pick<Signals, 'writing'>;
    feed: Feed;
    roster: Roster;
    sessions: Sessions;
    views: HostViews;
    attention: AttentionList;
  };
  /** Makes a receiver's delivery; over the network by default. */
  deliverTo?: (to: DeliverDeps) => Deliver;
  /** Bounds the notices that wait for one receiver. */
  bounds?: { notices: number; bytes: number };
};

type Teller = {
  state(): ReceiverState;
  nextTryAt(): number | null;
  test(notice: Notice): Promise<Outcome>;
  close(): Promise<void> | void;
};

export function createNotify(deps: NotifyDeps): Notify {
  const { clock, log, guard, store, stored } = deps;
  const { ledger, signals, feed, roster, sessions, views, attention } = deps.core;
  const { deliverTo = createDeliver } = deps;
  const { notify: receivers, access } = deps.config;
  const { publicUrl } = access;
  const stop = new AbortController();
  const onChange = () => feed.publish([{ type: 'attention' }]);
  const couriers = new Map<string, Courier>();
  const outbox = createOutbox({
    clock,
    receivers,
    stored: stored.waiting,
    ledger,
    signals,
    roster,
    views,
    ...(deps.bounds && { bounds: deps.bounds }),
    onMore: (name) => couriers.get(name)?.wake(),
  });
  const tellers = new Map<string, Teller>();
  for (const receiver of receivers) {
    const to = { clock, receiver, signal: stop.signal };
    if (receiver.kind === 'heartbeat') {
      const pinger = createPinger({ clock, receiver, probe: store.probe, send: createPing(to), onChange });
      tellers.set(receiver.name, tellerOfPinger(pinger));
      continue;
    }
    const courier = createCourier({
      clock,
      log,
      store,
      ledger,
      receiver,
      stored: stored.receivers.find(({ name }) => name === receiver.name) ?? null,
      outbox,
      deliver: deliverTo(to),
      publicUrl,
      onChange,
    });
    couriers.set(receiver.name, courier);
    tellers.set(receiver.name, {
      ...courier,
      test: (notice) => courier.test(messageOf({ id: notice.id, receiver: receiver.name, publicUrl }, [notice])),
    });
  }
  dropFormer(deps);
  const watch = createWatch({
    clock,
    guard,
    receivers: receivers.filter(({ kind }) => kind !== 'heartbeat'),
    stored: stored.absences,
    ledger,
    outbox,
    roster,
    sessions,
    attention: attention.items,
  });
  const testing = new Set<string>();

  const stateOf = (name: string): ReceiverState => tellers.get(name)?.state() ?? newReceiver(name);

  return {
    receivers: () =>
      receivers.map((receiver) => {
        const { name } = receiver;
        return receiverView(receiver, stateOf(name), outbox.waiting(name), tellers.get(name)?.nextTryAt() ?? null);
      }),
    async test(name, actor) {
      const teller = tellers.get(name);
      if (!teller) throw new SwitchyardError('unknown_receiver', `No [[notify]] is named ${name}`);
      if (testing.has(name)) throw new SwitchyardError('rate_limited', `A test of ${name} is under way`);
      testing.add(name);
      try {
        const outcome = await teller.test(testNotice(actor, clock.now()));
        const error = outcome.kind === 'delivered' ? null : outcome.message;
        ledger.event({
          at: clock.now(),
          level: 'info',
          category: 'audit',
          actor,
          code: 'notify_tested',
          message: `${name} was sent a test: ${error ?? 'delivered'}`,
        });
        await ledger.commit();
        return { delivered: error === null, error };
      } finally {
        testing.delete(name);
      }
    },
    attention: () => receivers.flatMap((receiver) => attentionTo(receiver, stateOf(receiver.name)) ?? []),
    omitted: outbox.omitted,
    async close() {
      watch.close();
      stop.abort(new Error('the coordinator stops'));
      await Promise.all([...tellers.values()].map((teller) => teller.close()));
    },
  };
}

const tellerOfPinger = ({ state, ping, close }: Pinger): Teller => ({
  state,
  nextTryAt: () => null,
  test: ping,
  close,
});

const testNotice = (actor: string, at: number): Notice => ({
  id: newId(),
  at,
  kind: 'test',
  level: 'info',
  code: null,
  host: null,
  hostId: null,
  commandId: null,
  rolloutId: null,
  message: `A test, asked for by ${actor}: Switchyard's messages arrive here`,
  next: null,
});

/** Drops the notices of receivers that CONFIG no longer names, with an event. */
function dropFormer({ clock, core: { ledger }, stored, config }: NotifyDeps): void {
  const names = new Set([
    ...stored.receivers.map(({ name }) => name),
    ...stored.waiting.map(({ receiver }) => receiver),
  ]);
  for (const { name } of config.notify) names.delete(name);
  for (const name of names) {
    ledger.also({ type: 'receiver_removed', name });
    const notices = stored.waiting.find(({ receiver }) => receiver === name)?.notices ?? 0;
    if (notices > 0)
      ledger.event({
        at: clock.now(),
        level: 'warn',
        category: 'system',
        actor: 'system',
        code: 'receiver_removed',
        message: `CONFIG no longer names the receiver ${name}: ${notices} notices that waited for it were dropped`,
      });
  }
}
