/** Who acts, with the name of a person beside it. */
export const named = ({ actor, name }: { actor: string; name: string | null }): string =>
  name === null ? actor : `${actor} (${name})`;
