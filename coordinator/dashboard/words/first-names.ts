/** More names help nobody. */
const NAMED = 12;

/** `web1, web2 and 30 more`. */
export const firstNames = (names: readonly string[], separator = ', '): string =>
  `${names.slice(0, NAMED).join(separator)}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ''}`;
