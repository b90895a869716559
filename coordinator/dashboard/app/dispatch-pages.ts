import { type Accessor, createEffect, createMemo, createSignal, on } from 'solid-js';
import { isActive, type Status } from '../../../shared/model/command.ts';
import type { DispatchSummary } from '../../../shared/model/dispatch.ts';
import { api } from './api.ts';
import { useLive } from './context.ts';
import { createPages } from './pages.ts';
import { createRemote } from './remote.ts';

const PAGE = '50';
/** Interval at which an open list is requested again while anything in it runs. */
const LOOK_MS = 5_000;

/** The list of dispatches, newest first; those under way are read again. `rollout`: only those of this one, unless empty. */
export function createDispatchPages(rollout: Accessor<string>) {
  const live = useLive();
  const filter = () => ({ limit: PAGE, ...(rollout() !== '' && { rollout: rollout() }) });
  const pages = createPages<DispatchSummary, string>((before) => api.dispatches({ ...filter(), before }));
  const [isRunning, setRunning] = createSignal(false);
  const first = createRemote(
    () => `${rollout()} ${newestOf(live.commands())} ${isRunning() ? Math.floor(live.now() / LOOK_MS) : ''}`,
    () => api.dispatches(filter()),
    LOOK_MS,
  );
  createEffect(on(rollout, () => pages.restart(undefined), { defer: true }));
  createEffect(
    on(first.body, (page) => {
      if (!page) return;
      pages.renew(page);
      setRunning(pages.items().some(isUnderWay));
      void renewOlder(page.items.length);
    }),
  );
  /** Reads again the dispatches behind the first page that were under way. */
  async function renewOlder(first: number): Promise<void> {
    const items = pages.items();
    for (let at = Math.max(1, first); at < items.length; ) {
      const [one, last] = [items[at], items[at - 1]];
      if (!one || !last || !isUnderWay(one)) {
        at += 1;
        continue;
      }
      const answer = await api.dispatches({ ...filter(), before: last.id });
      if (!answer.ok) return;
      pages.put(answer.body.items);
      at += Math.max(1, answer.body.items.length);
    }
  }
  const byId = createMemo(() => new Map(pages.items().map((one) => [one.id, one])));
  return { first, pages, byId };
}

const isUnderWay = ({ statuses }: DispatchSummary): boolean =>
  Object.keys(statuses).some((status) => isActive(status as Status));

/** Command ids grow, so each new command changes this. */
const newestOf = (commands: readonly { id: string }[]): string => {
  let newest = '';
  for (const { id } of commands) if (id > newest) newest = id;
  return newest;
};
