import { createSignal } from 'solid-js';

/** Errors stay until dismissed and are not repeated; other notices disappear by themselves. */
export type Notice = { tone: 'error' | 'ok'; text: string };

const [notices, setNotices] = createSignal<Notice[]>([]);

export { notices };

const OK_MS = 4_000;

export const dismiss = (text: string): void => void setNotices((all) => all.filter((one) => one.text !== text));

export function tell(tone: Notice['tone'], text: string): void {
  setNotices((all) => (all.some((one) => one.text === text) ? all : [...all, { tone, text }]));
  if (tone === 'ok') setTimeout(() => dismiss(text), OK_MS);
}

/** Copies the text and says so, or says that the browser forbids it. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell('ok', `${what} copied`);
  } catch {
    tell('error', `The browser does not let this page copy: ${text}`);
  }
}
