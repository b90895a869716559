import type { ListenAddress } from '../config/options.ts';

/**
 * Connections that the kernel holds until the coordinator accepts them: a fleet comes back all at once. Linux lowers it to
 * net.core.somaxconn (4,096 by default). With Node's default of 511 the kernel dropped the others' packets, and some agents of
 * 1,000 waited 10 s for the end of a handshake that the coordinator never saw.
 */
const BACKLOG = 65_535;

/** What a coordinator's server listens on, for `net.Server.listen`. */
export const withQueue = (at: ListenAddress): ListenAddress & { backlog: number } => ({ ...at, backlog: BACKLOG });
