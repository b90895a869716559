import { type Accessor, createEffect, createSignal, on, onCleanup } from 'solid-js';
import type { Answer } from './api.ts';
import { useLive } from './context.ts';

export type Fault = Extract<Answer<unknown>, { ok: false }>;

/**
 * What the API answers, asked again whenever `key` changes, and not at all while it is null. While it is asked, and where it is
 * refused, the last answer stays; what was refused is asked again when the coordinator is back. An answer that is overtaken by a
 * later question is dropped.
 */
export function createRemote<Key, Body>(key: Accessor<Key | null>, ask: (key: Key) => Promise<Answer<Body>>) {
  const live = useLive();
  const [body, setBody] = createSignal<Body | undefined>();
  const [fault, setFault] = createSignal<Fault | null>(null);
  let asked = 0;

  async function load(): Promise<void> {
    const wanted = key();
    asked += 1;
    if (wanted === null) return;
    const mine = asked;
    const answer = await ask(wanted);
    if (mine !== asked) return;
    setFault(answer.ok ? null : answer);
    if (answer.ok) setBody(() => answer.body);
  }

  createEffect(on(key, () => void load()));
  createEffect(on(live.link, (link) => link === 'live' && fault() !== null && void load(), { defer: true }));
  onCleanup(() => {
    asked += 1;
  });
  return { body, fault, reload: () => void load() };
}
