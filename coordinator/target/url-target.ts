import { readFile } from 'node:fs/promises';
import { type Static, Type } from 'typebox';
import { lazyValidator } from '../../shared/lazy-validator.ts';
import { request } from '../../shared/network/request.ts';
import { hideSecrets } from '../../shared/network/secret-url.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { afterLived } from '../../shared/time/lived-time.ts';
import { unreadable } from '../config/unreadable.ts';
import type { PollResult, TargetReader } from './poller.ts';

export type UrlReaderDeps = {
  /** Without user and password; its query is shown to nobody. */
  versionUrl: string;
  /** Request headers, `Name: value`, one per line; read at each look. */
  headersFile?: string | null;
  /** The branch if the file names none. */
  branch: string;
  clock: Clock;
};

const CommitId = Type.String({ pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$' });

/**
 * The content of a version.json: the full commit id as `commit` or `gitCommit`, and if known the sha256 (hex) of its flake.lock
 * and the branch. More fields do no harm. Checked after the case of names and hex digits is normalized.
 */
const VersionFile = Type.Object({
  commit: Type.Optional(CommitId),
  gitCommit: Type.Optional(CommitId),
  lockHash: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  branch: Type.Optional(Type.String({ maxLength: 255 })),
});

type VersionFile = Static<typeof VersionFile>;

const validator = lazyValidator(VersionFile);

/** From the request to the last byte. */
const ANSWER_MS = 20_000;
const MAX_BYTES = 64 * 1024;

/** The target as a URL names it: for a repository that the coordinator may not read itself. */
export function createUrlReader({ versionUrl, headersFile = null, branch, clock }: UrlReaderDeps): TargetReader {
  const shown = versionUrl.replace(/\?.*/s, '?…');
  return {
    name: shown,
    async look(_, signal) {
      const deadline = new AbortController();
      const callOff = afterLived(clock, ANSWER_MS, () => deadline.abort());
      try {
        const headers = headersFile === null ? null : await readHeaders(headersFile);
        if (typeof headers === 'string') return failed(headers);
        const ends = AbortSignal.any([signal, deadline.signal]);
        // The credentials of this URL are not for the server that it redirects to.
        const response = headers
          ? await request(new URL(versionUrl), { headers: Object.fromEntries(headers), signal: ends })
          : await follow(new URL(versionUrl), ends);
        if (!response.ok) return failed(`${shown} answered HTTP ${response.status}`);
        const body = await readBody(response);
        return body === null
          ? failed(`${shown} answered more than ${MAX_BYTES} bytes`)
          : read(shown, branch, decode(body));
      } catch (error) {
        const detail = deadline.signal.aborted ? `no answer after ${ANSWER_MS / 1000} s` : reasonOf(error);
        return failed(`${shown}: ${hideSecrets(detail.replaceAll(versionUrl, shown))}`);
      } finally {
        callOff();
      }
    },
  };
}

/** As many redirects as browsers follow. */
async function follow(url: URL, signal: AbortSignal, left = 20): Promise<Response> {
  const response = await request(url, { signal });
  const location = response.headers.get('location');
  if (response.status < 300 || response.status >= 400 || location === null || left === 0) return response;
  await response.body?.cancel();
  const next = new URL(location, url);
  if (!/^https?:$/.test(next.protocol)) throw new Error(`it redirects to ${next.protocol}//`);
  // Anyone who can answer for a URL without TLS could name any commit as the target.
  if (url.protocol === 'https:' && next.protocol === 'http:')
    throw new Error(`it redirects to http://${next.host}, without TLS`);
  return follow(next, signal, left - 1);
}

function read(url: string, branch: string, body: string): PollResult {
  let value: unknown;
  try {
    value = normalized(JSON.parse(body));
  } catch {
    return failed(`${url} is not JSON`);
  }
  if (!validator().Check(value)) {
    const [fault] = validator().Errors(value);
    return failed(`${url} is not a version file: ${fault?.instancePath || 'it'} ${fault?.message}`);
  }
  const commit = value.commit ?? value.gitCommit;
  if (commit === undefined) return failed(`${url} is not a version file: it has neither commit nor gitCommit`);
  return { kind: 'found', commit, lockHash: value.lockHash ?? null, branch: value.branch ?? branch };
}

/** Or what is wrong with the file, without its content. */
async function readHeaders(path: string): Promise<Headers | string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return `headersFile: ${path} ${unreadable(error)}`;
  }
  const headers = new Headers();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name = '', value = ''] = /^([^\s:]+):(.*)$/.exec(line.trim()) ?? [];
    try {
      headers.append(name, value.trim());
    } catch {
      return `headersFile: ${path}:${index + 1} is not a header: it takes "Name: value"`;
    }
  }
  return headers;
}

/** Null if it is too long. */
async function readBody(response: Response): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** With or without a byte order mark. PowerShell redirects into a file as UTF-16. */
function decode(body: Buffer): string {
  const isUtf16 = body[0] === 0xff && body[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(body);
}

const FIELDS = Object.keys(VersionFile.properties);
const HEX: readonly string[] = ['commit', 'gitCommit', 'lockHash'] satisfies (keyof VersionFile)[];

/** Ignores the case of names and hex digits; a correctly spelled name wins over one that differs in case. */
function normalized(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = Object.entries(value);
  const known: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const found =
      given.find(([name]) => name === field) ?? given.find(([name]) => name.toLowerCase() === field.toLowerCase());
    if (!found) continue;
    known[field] = typeof found[1] === 'string' && HEX.includes(field) ? found[1].toLowerCase() : found[1];
  }
  return known;
}

const failed = (detail: string): PollResult => ({ kind: 'failed', detail });

/** `fetch failed` hides the reason in its cause. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
