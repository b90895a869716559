import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'smol-toml';
import { type Static, Type } from 'typebox';
import { systemCode, writeDurably } from '../../../shared/files/durable-file.ts';
import { makeFolder } from '../../../shared/files/make-folder.ts';
import { Name } from '../../../shared/schema.ts';
import { tomlReader } from '../../../shared/settings/toml.ts';
import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';

/** A person's coordinators by name, in a file that this program writes. It never writes config.toml. */

const Known = Type.Object(
  {
    /** One URL, or several with commas between. */
    server: Type.String({ minLength: 1 }),
    /** Absent until they have signed in. */
    token: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);
const FileSchema = Type.Object(
  {
    /** Empty for none: then config.toml counts. */
    current: Type.String(),
    contexts: Type.Record(Name, Known),
  },
  { additionalProperties: false },
);

export type Contexts = Static<typeof FileSchema>;

/** Throws a `Failure` that names the file's fault. */
export function readContexts(path: string): Contexts {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { current: '', contexts: {} };
    throw new Failure(`${path} cannot be read (${code})`, { exit: EXIT.usage, cause });
  }
  const reading = tomlReader(FileSchema)(text);
  if (reading.kind === 'value') return reading.value;
  throw new Failure(`${path}${reading.line ? `:${reading.line}` : ''}: ${reading.fault}`, { exit: EXIT.usage });
}

/** Readable by its owner alone. Throws a `Failure`. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  try {
    makeFolder(dirname(path));
    await writeDurably(path, `# Written by switchyard login and switchyard context.\n${stringify(contexts)}`);
  } catch (cause) {
    throw new Failure(`${path} cannot be written (${systemCode(cause) ?? cause})`, { exit: EXIT.usage, cause });
  }
}

/** Adds or replaces the context of this name, and makes it the current one. */
export const withContext = ({ contexts }: Contexts, name: string, known: Contexts['contexts'][string]): Contexts => ({
  current: name,
  contexts: { ...contexts, [name]: known },
});

/** Default name for a server: its host. */
export const nameOf = (server: string): string =>
  (URL.parse(server.split(',')[0] ?? '')?.host ?? 'default')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63) || 'default';
