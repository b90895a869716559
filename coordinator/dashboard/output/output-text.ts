import { createSignal } from 'solid-js';
import { api } from '../app/api.ts';
import { createOutputSource, type OutputSource } from './output-source.ts';

/** An output's lines as signals: a reader of `changes`, `lines` or `bytes` looks again when something was fetched or has come. */
export type OutputText = {
  source: OutputSource;
  changes(): number;
  lines(): number;
  bytes(): number;
  /** Tells of all pieces since the last frame together. */
  drawSoon(): void;
};

/** `id`: the command whose output it is. */
export function createOutputText(id: string): OutputText {
  const [changes, setChanges] = createSignal(0);
  const changed = () => setChanges((n) => n + 1);
  const source = createOutputSource({
    index: async () => {
      const answer = await api.outputIndex(id);
      return answer.ok ? answer.body : null;
    },
    read: (offset, limit) => api.outputBytes(id, offset, limit),
    onChange: changed,
  });
  let isDue = false;
  return {
    source,
    changes,
    lines: () => {
      changes();
      return source.lines();
    },
    bytes: () => {
      changes();
      return source.bytes();
    },
    drawSoon() {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(() => {
        isDue = false;
        changed();
      });
    },
  };
}
