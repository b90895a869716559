/**
 * Takes the token of a sign-in link, `#token=…`, out of the address. A browser never sends the part after #.
 */
export function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}
