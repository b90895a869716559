import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** The first line of `stdin`, not echoed on a terminal; empty if there is none. */
export async function readSecretLine(stdin: NodeJS.ReadStream, interrupted: AbortSignal): Promise<string> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: stdin.isTTY === true });
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
      lines.once('SIGINT', () => resolve(''));
      interrupted.addEventListener('abort', () => resolve(''));
    });
  } finally {
    lines.close();
  }
}
