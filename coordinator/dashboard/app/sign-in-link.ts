const inLink = (): string | null => new URLSearchParams(location.hash.slice(1)).get('token');

/** Whether the address is a sign-in link, `#token=…`. */
export const isSignInLink = (): boolean => inLink() !== null;

/** Takes the token of a sign-in link out of the address. A browser never sends the part after #. */
export function takeToken(): string | null {
  const token = inLink();
  if (token !== null) history.replaceState(null, '', location.pathname + location.search);
  return token;
}
