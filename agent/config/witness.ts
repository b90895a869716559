/** A place beside the coordinator that shows that the host's network works. */
export type Witness = { host: string; port: number } | { url: URL };

/** `host:port` or an http(s) URL, several separated by commas; undefined if one is neither. */
export function parseWitnesses(text: string): Witness[] | undefined {
  const witnesses: Witness[] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    if (/^https?:\/\//.test(part)) {
      const url = URL.parse(part);
      if (!url || url.username || url.password) return undefined;
      witnesses.push({ url });
      continue;
    }
    const [, host, digits] = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(part) ?? [];
    const port = Number(digits);
    if (!host || port < 1 || port > 65_535) return undefined;
    witnesses.push({ host: host.replace(/^\[|\]$/g, ''), port });
  }
  return witnesses;
}
