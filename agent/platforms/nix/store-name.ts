/** The name in a store path: `firefox-123.0` of `/nix/store/HASH-firefox-123.0.drv`. Any other path gives its last part. */
export function storeName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/^[0-9a-z]{32}-/, '').replace(/\.drv$/, '');
}
