import { createEffect, createMemo, createSignal, on } from 'solid-js';
import type { DispatchAnswer, DispatchRequest } from '../../../../shared/model/dispatch.ts';
import { newKey } from '../../app/actions.ts';
import { api } from '../../app/api.ts';
import { useLive } from '../../app/context.ts';
import { createRemote } from '../../app/remote.ts';
import { plural } from '../../words/duration.ts';

/** The most wanted ops come first. */
const FIRST = [
  'pull-switch',
  'pull',
  'switch',
  'test',
  'check-version',
  'refresh-all',
  'restart',
  'rollback',
  'reboot',
];

const rank = (id: string): number => (FIRST.indexOf(id) + FIRST.length + 1) % (FIRST.length + 1);

/** The fields of a dispatch to the draft's hosts, and the answer to it once it was sent. */
export function createDispatchOrder(props: { draft: Partial<DispatchRequest> }) {
  const live = useLive();
  const hosts = () => props.draft.hosts ?? [];
  const ops = createRemote(
    () => 'ops',
    () => api.ops(),
  );
  const choices = createMemo(() =>
    (ops.body() ?? [])
      .filter(({ executor }) => executor === 'agent')
      .sort((one, other) => rank(one.id) - rank(other.id)),
  );
  const [op, setOp] = createSignal(props.draft.op ?? 'pull-switch');
  const [force, setForce] = createSignal(props.draft.force ?? false);
  const [queueMs, setQueueMs] = createSignal(String(props.draft.queueMs ?? 0));
  const [isSending, setSending] = createSignal(false);
  const [answer, setAnswer] = createSignal<DispatchAnswer | null>(null);
  const [fault, setFault] = createSignal<string | null>(null);
  const chosen = () => choices().find(({ id }) => id === op());
  const named = () => hosts().map((host) => live.host(host)?.name ?? host);
  const reboots = () => op() === 'reboot' || chosen()?.completion === 'reboot';
  const aim = () => (hosts().length === 1 ? named()[0] : plural(hosts().length, 'host'));
  // The same request sent twice runs once; a changed one gets a new key.
  let key = newKey();
  createEffect(
    on([op, force, queueMs], () => {
      key = newKey();
    }),
  );

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setSending(true);
    const queue = Number(queueMs());
    const request: DispatchRequest = {
      op: op(),
      hosts: hosts(),
      ...(force() && { force: true }),
      ...(queue > 0 && { queueMs: queue }),
    };
    const answered = await api.dispatch(request, key);
    setSending(false);
    setFault(answered.ok ? null : answered.detail);
    if (answered.ok) setAnswer(answered.body);
  }

  return {
    hosts,
    named,
    aim,
    choices,
    chosen,
    op,
    setOp,
    force,
    setForce,
    queueMs,
    setQueueMs,
    reboots,
    isSending,
    send,
    answer,
    fault,
  };
}

export type DispatchOrder = ReturnType<typeof createDispatchOrder>;
