/** A name that needs no quoting, such as a host's, op's or tag's; undefined for any other text. */
export const parseName = (text: string): string | undefined => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.exec(text)?.[0];
