import type { CommandView } from '../../shared/api/resources.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { isActive, type TerminalStatus } from '../../shared/model/command.ts';
import type { Deed } from './deeds.ts';

/**
 * The untruths of a command's record, one line each; none if it tells the truth. `deed` is what its host did.
 * LOST, TIMEOUT, CANCELLED and ABORTED_BY_REBOOT claim nothing about the process, so only their `lateResult` is compared. Whether
 * such an end was due is for the caller, who knows what was done to the command.
 */
export function untruths(command: CommandView, deed: Deed): string[] {
  const { status, code, exitCode, lateResult, history } = command;
  const said = `${status}${code ? ` (${code})` : ''}, exit code ${exitCode}`;
  const done = `${deed.starts} starts, ends ${JSON.stringify(deed.ends)} at ${deed.endedAt}`;
  const found: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(`${what}: it is told as ${said}; the host had ${done}`);
  };

  must(deed.starts <= 1, 'ran more than once');
  must(!isActive(status), 'has not ended');
  if (isActive(status)) return found;
  const path = history.map(({ to }) => to);
  must(
    path.at(-1) === status && path.filter((to) => !isActive(to)).length === 1,
    `has not one end (${path.join(', ')})`,
  );
  const [end = null] = deed.ends;
  if (lateResult?.exitCode != null && end !== null) must(lateResult.exitCode === end, 'has another late result');
  switch (claimOf(status, code)) {
    case 'well':
      must(end === 0 && exitCode === 0, 'did not end well');
      break;
    case 'failed':
      // A run ended by a signal of the test's own could not write its end down.
      must(end === exitCode || (end === null && (exitCode ?? 0) > 128 && deed.starts === 1), 'failed in another way');
      break;
    case 'cut off':
      must(deed.starts === 1 && end === null, 'was not cut off');
      break;
    case 'never ran':
      must(deed.starts === 0, 'ran');
      break;
    case 'killed':
      must(command.kill !== null, 'nobody asked for a kill');
      must(!endedBefore(deed, history.find(({ to }) => to === 'KILLING')?.at), 'had ended before a kill was asked for');
      break;
    case 'nothing':
      break;
  }
  return found;
}

/** File times lag the clock by a tick of the kernel. */
const TICK_MS = 10;

const endedBefore = ({ endedAt }: Deed, at: number | undefined): boolean =>
  endedAt !== null && at !== undefined && endedAt + TICK_MS < at;

type Claim = 'well' | 'failed' | 'cut off' | 'never ran' | 'killed' | 'nothing';

function claimOf(status: TerminalStatus, code: string | null): Claim {
  switch (status) {
    case 'SUCCESS':
    case 'PARTIAL':
    case 'STALE_BINARY':
    case 'SUSPICIOUS':
      return 'well';
    case 'ERROR':
      if (code === 'exit_nonzero' || code === 'tests_failed') return 'failed';
      return code === 'signalled' ? 'cut off' : 'never ran';
    case 'BLOCKED':
    case 'EXPIRED':
      return 'never ran';
    case 'KILLED':
      return 'killed';
    case 'TIMEOUT':
    case 'CANCELLED':
    case 'LOST':
    case 'ABORTED_BY_REBOOT':
    case 'ROLLED_BACK':
      return 'nothing';
    default:
      return assertNever(status);
  }
}
