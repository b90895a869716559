import type { ListenAddress } from '../config/options.ts';

/**
 * The most connections that the kernel holds until the coordinator accepts them. A whole fleet may connect at once. Linux lowers the
 * number to net.core.somaxconn (4,096 by default). With Node's default of 511 the kernel drops the packets of the others, and their
 * hosts send them again only after 1, 3 and 7 s.
 */
const BACKLOG = 65_535;

/** The options for `net.Server.listen`: the address, and room for a whole fleet in the kernel's queue. */
export const withQueue = (at: ListenAddress): ListenAddress & { backlog: number } => ({ ...at, backlog: BACKLOG });
