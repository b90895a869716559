/**
 * The page to which a browser returns from the provider, as a whole URL: one of the coordinator's own. Anything else becomes the
 * first page, so that no link leads through a sign-in to a foreign page.
 */
export function returnUrl(publicUrl: string, asked: string | undefined): string {
  const root = `${publicUrl}/`;
  if (asked === undefined || !asked.startsWith('/') || asked.length > 2000) return root;
  const url = URL.parse(`${publicUrl}${asked}`);
  return url?.href.startsWith(new URL(root).href) ? url.href : root;
}
