/** What may stand before the `@` of a URL without being a secret: the user of these is no more than a name. */
const NAMED_USER = /^(ssh|git|git\+ssh|ssh\+git)$/i;

const AUTHORITY = /([a-z][a-z0-9+.-]*):\/\/([^/?#\s]*)@/gi;

/**
 * Whether a git remote holds a password, a token or a query, which may be one: git hands a remote on in argv, which every user of the
 * machine can read. Also where a transport stands before the URL (`https::https://…`), and where the URL is mistyped.
 */
export function holdsSecret(remote: string): boolean {
  for (const [, scheme = '', user = ''] of remote.matchAll(AUTHORITY))
    if (user.includes(':') || !NAMED_USER.test(scheme)) return true;
  if (!/^https?:\/\//i.test(remote)) return false;
  const url = URL.parse(remote);
  return url === null || url.search !== '' || url.hash !== '';
}

/** The text without what stands before the `@` of any URL in it. */
export const hideSecrets = (text: string): string => text.replace(AUTHORITY, '$1://');
