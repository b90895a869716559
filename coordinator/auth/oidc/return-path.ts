/**
 * Where a browser goes after it was at the provider: a page of the coordinator's own, as a whole URL. Anything else becomes the first page,
 * so that a link cannot lead through a sign-in to somebody else's.
 */
export function returnUrl(publicUrl: string, asked: string | undefined): string {
  const root = `${publicUrl}/`;
  if (asked === undefined || !asked.startsWith('/') || asked.length > 2000) return root;
  const url = URL.parse(`${publicUrl}${asked}`);
  return url?.href.startsWith(new URL(root).href) ? url.href : root;
}
