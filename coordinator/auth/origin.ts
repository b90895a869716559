import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request with the dashboard's cookie comes from a page of the coordinator or of a configured origin. The cookie says
 * which person it is, not which page made their browser ask.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, configured: readonly string[]): boolean {
  const { origin } = headers;
  // Browsers name the origin of all but plain reads; without one they still say where a request came from.
  if (origin === undefined) return headers['sec-fetch-site'] === 'same-origin';
  return configured.includes(origin) || (URL.canParse(origin) && new URL(origin).host === headers.host);
}

/** Whether one of our own links, or the person, sent the browser here. A page of a neighbouring host has the cookie sent too. */
export const isOwnVisit = ({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean =>
  site === undefined || site === 'same-origin' || site === 'none';
