import { readFile } from 'node:fs/promises';
import { unreadable } from '../config/unreadable.ts';

/** Longer than any secret. */
const BYTES = 8_192;

/** The content of a secretFile. Rejects with one line that names the file and quotes none of its content. */
export async function readSecret(path: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new Error(`secretFile ${path} ${unreadable(error)}`, { cause: error });
  }
  if (text === '') throw new Error(`secretFile ${path} is empty`);
  if (text.length > BYTES || /[^\x21-\x7e]/.test(text))
    throw new Error(`secretFile ${path} must hold one line of visible ASCII characters`);
  return text;
}

/** The URL in a secretFile. */
export async function readSecretUrl(path: string): Promise<URL> {
  const url = URL.parse(await readSecret(path));
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`secretFile ${path} must hold an https:// or http:// URL`);
  return url;
}
