/**
 * Takes the token of a sign-in link, `#token=…`, out of the address. A browser sends nothing after # to anybody.
 */
export function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}
