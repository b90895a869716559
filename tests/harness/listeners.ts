import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  type HttpReceiver,
  type Received,
  startHttpReceiver,
} from '../../coordinator/notify/fixtures/http-receiver.ts';
import { waitFor } from '../../shared/fixtures/wait-for.ts';
import type { NotifyMessage, Receiver } from '../../shared/model/notify.ts';
import type { Api } from './api.ts';

type Answer = 'take' | 'refuse' | 'hold';
type Listener = { receiver: HttpReceiver; answer: Answer; onHeard: (body: string) => void };

/**
 * Two real receivers of notices, which collect the hosts named in notices about added hosts. `each` gets every notice as its own
 * message, `digest` every burst as one.
 */
export type Listeners = {
  /** For CONFIG. */
  readonly config: string;
  /** How both answer messages from now on. */
  answer(answer: Answer): void;
  /** Resolves once each has heard of this host, and runs `then` at that moment. Earlier messages may come again. */
  nextHeard(name: string, then: () => Promise<unknown>): Promise<unknown>;
  forget(): void;
  /** Both as the coordinator sees them. */
  seen(): Promise<Receiver[]>;
  /** How often each was called. */
  calls(): number[];
  /** Waits until each has heard of every present host, and of no other. */
  everythingTold(): Promise<void>;
  /** Waits for an empty outbox. Repeated messages were identical and in the order of their causes, and no notice had two ids. */
  inOrder(): Promise<void>;
  close(): Promise<void>;
};

const KEY = 'the-key-of-the-hooks';

export async function startListeners(dir: string, api: () => Api): Promise<Listeners> {
  const told: Record<string, Listener> = {};
  const tables: string[] = [];
  writeFileSync(join(dir, 'key'), KEY);
  for (const [name, digestMs] of [
    ['each', 0],
    ['digest', 300],
  ] as const) {
    const one: Listener = {
      answer: 'take',
      onHeard: () => {},
      receiver: await startHttpReceiver(({ body }, response) => {
        if (one.answer !== 'hold') response.writeHead(one.answer === 'take' ? 200 : 503).end();
        one.onHeard(body);
      }),
    };
    told[name] = one;
    tables.push(
      `[[notify]]\nname = "${name}"\nkind = "webhook"\nurl = "${one.receiver.url}"\nsecretFile = "${join(dir, 'key')}"\nevents = ["info"]\ndigestMs = ${digestMs}`,
    );
  }
  const all = (set: Partial<Listener>): void => {
    for (const one of Object.values(told)) Object.assign(one, set);
  };
  const seen = async () => (await (await api().send('/api/notify')).json()) as Receiver[];

  return {
    config: tables.join('\n'),
    answer: (answer) => all({ answer }),
    nextHeard(name, then) {
      const next = new RegExp(`\\b${name}\\b`);
      return new Promise((resolve) => {
        const left = new Set(Object.values(told));
        for (const one of left)
          one.onHeard = (body) => {
            if (!next.test(body)) return;
            left.delete(one);
            if (left.size > 0) return;
            all({ onHeard: () => {} });
            resolve(then());
          };
      });
    },
    forget: () => all({ onHeard: () => {} }),
    seen,
    calls: () => Object.values(told).map(({ receiver }) => receiver.received.length),
    async everythingTold() {
      const page = (await (await api().send('/api/hosts?limit=500')).json()) as { items: { id: string }[] };
      const hosts = page.items.map(({ id }) => id).sort();
      for (const [name, one] of Object.entries(told)) {
        const toldOf = () => [...new Set(heard(one).map(({ hostId }) => hostId))].sort();
        await waitFor(`${name} has heard of ${hosts.length} hosts`, toldOf, ({ length }) => length >= hosts.length);
        assert.equal(toldOf(), hosts, name);
      }
    },
    async inOrder() {
      await waitFor('an empty outbox', seen, (receivers) => receivers.every(({ waiting }) => waiting === 0));
      const events = await api().events('?limit=500');
      const order = events.filter(({ code }) => code === 'host_added').map(({ hostId }) => hostId);
      for (const [name, one] of Object.entries(told)) checkOrder(name, one, order);
      assert.ok(
        messages(told.digest as Listener).some(({ notices }) => notices.length > 1),
        'a burst was one message',
      );
    },
    async close() {
      for (const { receiver } of Object.values(told)) await receiver.close();
    },
  };
}

const messages = ({ receiver }: Listener): NotifyMessage[] => receiver.received.map(({ body }) => JSON.parse(body));

/** Notices about added hosts, each as often as it was heard. */
const heard = (one: Listener) =>
  messages(one).flatMap(({ id, notices }) =>
    notices.filter(({ code }) => code === 'host_added').map((notice) => ({ ...notice, messageId: id })),
  );

function checkOrder(name: string, one: Listener, order: readonly (string | null)[]): void {
  const bodies = Map.groupBy(one.receiver.received, ({ body }) => JSON.parse(body).id as string);
  assert.ok(one.receiver.received.length > bodies.size, `${name}: some came twice`);
  for (const [id, same] of bodies) {
    assert.is(new Set(same.map(({ body }) => body)).size, 1, `${name} ${id}`);
    for (const received of same) assert.ok(isSigned(received), `${name} ${id}`);
  }
  const firsts = new Map(heard(one).map((notice) => [notice.id, notice.messageId]));
  for (const notice of heard(one)) assert.is(notice.messageId, firsts.get(notice.id), `${name}: sent under two ids`);
  const hosts = [...new Set(heard(one).map(({ hostId }) => hostId))];
  assert.equal(hosts, order, `${name}: in order`);
  if (name === 'each') assert.ok(messages(one).every(({ notices }) => notices.length === 1));
}

function isSigned({ headers, body }: Received): boolean {
  const [, t, v1] = /^t=(\d+),v1=(.*)$/.exec(String(headers['x-switchyard-signature'])) ?? [];
  return v1 === createHmac('sha256', KEY).update(`${t}.${body}`).digest('hex');
}
