import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText, systemCode, writeDurably } from '../../shared/files/durable-file.ts';
import { parseToken } from '../config/options.ts';

/** The token that this host got by enrolling. Only the agent's user can read its folder and file. */
export type HostTokenFile = { path: string; read(): Promise<string | null>; keep(token: string): Promise<void> };

export function hostTokenFile(stateDir: string): HostTokenFile {
  const path = join(stateDir, 'host-token');
  return {
    path,
    async read() {
      const text = await readText(path);
      return text === null ? null : (parseToken(text) ?? null);
    },
    keep: (token) => writeDurably(path, `${token}\n`),
  };
}

/** Reads the enrolment token from a file. Throws one line: the secret may arrive after the agent's start. */
export async function readEnrolToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new Error(`${path} cannot be read (${systemCode(error) ?? error})`);
  });
  const token = parseToken(text);
  if (token === undefined) throw new Error(`${path} holds no token`);
  return token;
}
