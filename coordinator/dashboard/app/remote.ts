import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import type { Answer } from './api.ts';
import { useLive } from './context.ts';
import { draw } from './still.ts';

export type Fault = Extract<Answer<unknown>, { ok: false }>;

/** Shortest time between two requests, however often the key changes; the last key counts. */
const PACE_MS = 500;

/**
 * An answer of the API, requested again whenever `key` changes; null requests nothing. The last answer stays during a request and
 * after a refusal. A refused request is repeated when the coordinator is back. An answer overtaken by a later request is dropped.
 */
export function createRemote<Key, Body>(
  key: Accessor<Key | null>,
  ask: (key: Key) => Promise<Answer<Body>>,
  paceMs = PACE_MS,
) {
  const live = useLive();
  const [body, setBody] = createSignal<Body | undefined>();
  const [fault, setFault] = createSignal<Fault | null>(null);
  const wanted = createMemo(key);
  let asked = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let due: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    clearTimeout(due);
    due = undefined;
    const now = wanted();
    asked += 1;
    if (now === null) return;
    askedAt = performance.now();
    const mine = asked;
    const answer = await ask(now);
    if (mine !== asked) return;
    draw(() => {
      setFault(answer.ok ? null : answer);
      if (answer.ok) setBody(() => answer.body);
    });
  }

  function loadSoon(): void {
    const restMs = askedAt + paceMs - performance.now();
    if (restMs <= 0) void load();
    else due ??= setTimeout(() => void load(), restMs);
  }

  createEffect(on(wanted, loadSoon));
  createEffect(on(live.link, (link) => link === 'live' && fault() !== null && void load(), { defer: true }));
  onCleanup(() => {
    asked += 1;
    clearTimeout(due);
  });
  return { body, fault, reload: loadSoon };
}
