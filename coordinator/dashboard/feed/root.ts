/**
 * The path at which the coordinator stands, without a slash at its end: empty, or `/fleet` where a proxy takes that off. Each page is served
 * with a `<base>` that leads back to it, since the coordinator itself never sees it.
 */
export const ROOT = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, '');

/** A path of the coordinator's, such as `/hosts/web1`, as a link. */
export const href = (path: string): string => `${ROOT}${path}`;
