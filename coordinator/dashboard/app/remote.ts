import { type Accessor, createEffect, createSignal, on, onCleanup } from 'solid-js';
import type { Answer } from './api.ts';

/**
 * What the API answers, asked again whenever `key` changes. While it is asked, and where it is refused, the last answer
 * stays. An answer that is overtaken by a later question is dropped.
 */
export function createRemote<Key, Body>(key: Accessor<Key>, ask: (key: Key) => Promise<Answer<Body>>) {
  const [body, setBody] = createSignal<Body | undefined>();
  const [fault, setFault] = createSignal<string | null>(null);
  let asked = 0;

  async function load(): Promise<void> {
    asked += 1;
    const mine = asked;
    const answer = await ask(key());
    if (mine !== asked) return;
    setFault(answer.ok ? null : answer.detail);
    if (answer.ok) setBody(() => answer.body);
  }

  createEffect(on(key, () => void load()));
  onCleanup(() => {
    asked += 1;
  });
  return { body, fault, reload: () => void load() };
}
