import type { Status } from '../../../shared/model/command.ts';
import type { CompartmentName } from '../../../shared/model/host.ts';

/** The meaning of each status. */
export const STATUS_MEANINGS = {
  QUEUED: 'waits for its host',
  PENDING: 'was sent; the host has not accepted it yet',
  EXECUTING: 'runs on the host',
  KILLING: 'is being ended, with all its processes',
  AWAITING_POST_CHECK: 'exited well; fresh data has yet to prove it',
  AWAITING_RECONNECT: 'exited well; the agent has yet to come back',
  SUCCESS: 'did what it should, and that is proved',
  PARTIAL: 'is done, but not proved, or units failed',
  ERROR: 'failed',
  BLOCKED: 'did not run: a check refused it',
  TIMEOUT: 'took too long and is no longer tracked, or no return of its agent was seen',
  KILLED: 'was ended, with all of it that could be found',
  CANCELLED: 'was called off, or is no longer tracked',
  STALE_BINARY: 'is done, but the old agent still runs',
  SUSPICIOUS: 'is done, but commit and build do not fit together',
  ABORTED_BY_REBOOT: 'was cut off by a reboot',
  LOST: 'ended in a way that nobody can know',
  EXPIRED: 'waited for too long, and did not run',
  ROLLED_BACK: 'was undone, or another activation came first',
} as const satisfies Record<Status, string>;

/** The comparison behind each compartment. */
export const COMPARTMENT_MEANINGS = {
  agent: 'the agent that runs, with the one that should run',
  git: 'the checkout on the host, with the target commit',
  lock: 'its flake.lock, with that of the target',
  system: 'what is active, with what the configuration builds',
  tests: 'how the host’s own tests ended',
} as const satisfies Record<CompartmentName, string>;
