/**
 * The coordinator's path without a trailing slash: empty, or `/fleet` behind a proxy that strips it. Each page is served with a
 * `<base>` that leads back to it, since the coordinator never sees it.
 */
export const ROOT = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, '');

/** A path of the coordinator's, such as `/hosts/web1`, as a link. */
export const href = (path: string): string => `${ROOT}${path}`;
