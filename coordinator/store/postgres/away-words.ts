import { errorWords, UNTRUSTED } from '../../../shared/network/fault-words.ts';

/** Advice by SQLSTATE. The server's own words say what is wrong. */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'check the password in the database’s URL (SWITCHYARD_STORE_FILE names its file)',
  '28000': 'pg_hba.conf on the database’s machine says who may connect, and how',
  '3D000': 'create it there with createdb (docs/high-availability.md)',
  '53300': 'raise max_connections there; each coordinator holds up to eight sessions',
};

/** The database is reached without a proxy. */
const ROAD = { proxy: null, refusal: () => null, isThroughProxy: () => false };
const PORT = '5432';

/** Why the database at `url` is away, in one line with what to do. */
export function awayWords(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error.message;
  const advice = ADVICE[code];
  if (advice !== undefined) return `${error.message}: ${advice}`;
  // A URL over a local socket has no host.
  const at = URL.parse(url);
  if (!at?.hostname) return error.message;
  at.port ||= PORT;
  if (UNTRUSTED.has(code))
    return `the certificate of ${at.host} is from an authority that this machine does not trust: name its file as sslrootcert in the URL (${code})`;
  return errorWords(error, { url: at, road: ROAD });
}
