/**
 * A token that the address carries as `#token=…`: a link that signs in. What stands behind # is sent to nobody, and it is taken
 * out of the address at once.
 */
export function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}
