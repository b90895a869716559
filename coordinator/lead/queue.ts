import type { ListenAddress } from '../config/options.ts';

/**
 * Connections that the kernel holds until the coordinator accepts them: a fleet comes back all at once. Linux lowers it to
 * net.core.somaxconn (4,096 by default). Node asks for 511: the kernel drops the others' packets, and each is sent again only after
 * 1, 3 and 7 s.
 */
const BACKLOG = 65_535;

/** What a coordinator's server listens on, for `net.Server.listen`. */
export const withQueue = (at: ListenAddress): ListenAddress & { backlog: number } => ({ ...at, backlog: BACKLOG });
