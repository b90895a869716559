import { createSignal } from 'solid-js';

/** Errors stay until they are dismissed, and are not repeated; what went well goes by itself. */
export type Notice = { tone: 'error' | 'ok'; text: string };

const [notices, setNotices] = createSignal<Notice[]>([]);

export { notices };

const OK_MS = 4_000;

export const dismiss = (text: string): void => void setNotices((all) => all.filter((one) => one.text !== text));

export function tell(tone: Notice['tone'], text: string): void {
  setNotices((all) => (all.some((one) => one.text === text) ? all : [...all, { tone, text }]));
  if (tone === 'ok') setTimeout(() => dismiss(text), OK_MS);
}

/** Copies, and says so; without the right to the clipboard it says that. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell('ok', `${what} copied`);
  } catch {
    tell('error', `The browser does not let this page copy: ${text}`);
  }
}
