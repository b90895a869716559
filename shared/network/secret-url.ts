/** Schemes where the part before the `@` is only a user name, not a secret. */
const NAMED_USER = /^(ssh|git|git\+ssh|ssh\+git)$/i;

const AUTHORITY = /([a-z][a-z0-9+.-]*):\/\/([^/?#\s]*)@/gi;

/**
 * Whether a git remote holds a password, a token or a query, which may be one: git passes a remote on in argv, which every user
 * of the machine can read. Also with a transport in front of the URL (`https::https://…`), and for a mistyped URL.
 */
export function holdsSecret(remote: string): boolean {
  for (const [, scheme = '', user = ''] of remote.matchAll(AUTHORITY))
    if (user.includes(':') || !NAMED_USER.test(scheme)) return true;
  if (!/^https?:\/\//i.test(remote)) return false;
  const url = URL.parse(remote);
  return url === null || url.search !== '' || url.hash !== '';
}

/** The text without the part before the `@` of any URL in it. */
export const hideSecrets = (text: string): string => text.replace(AUTHORITY, '$1://');
