import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser that speaks with the dashboard's cookie does so for a page of the coordinator's own, or of a configured
 * origin: the cookie alone says who it is, not whose page made it ask.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, configured: readonly string[]): boolean {
  const { origin } = headers;
  // Browsers name the origin of all but plain reads; without one they still say where a request came from.
  if (origin === undefined) return headers['sec-fetch-site'] === 'same-origin';
  return configured.includes(origin) || (URL.canParse(origin) && new URL(origin).host === headers.host);
}
