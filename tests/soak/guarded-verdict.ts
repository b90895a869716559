import type { CommandView } from '../../shared/api/resources.ts';

/** Where a guarded switch may leave a host: what is active, where the profile leads, what the next boot starts. */
const OLD = 'old old old';
const NEW = 'new new new';
/** The boot default could not be written: the new system is active until the next boot, which leads back. */
const UNTIL_BOOT = 'new old old';

/** The three that a record claims for its host; null for an end that claims none, for which no fault of the soak is an excuse. */
function claimedStand({ status, code }: Pick<CommandView, 'status' | 'code'>): string | null {
  switch (status) {
    case 'SUCCESS':
      return NEW;
    case 'ROLLED_BACK':
    // The host booted its default before anything was kept.
    case 'ABORTED_BY_REBOOT':
    case 'BLOCKED':
      return OLD;
    case 'PARTIAL':
      return code === 'keep_failed' ? UNTIL_BOOT : null;
    case 'ERROR':
      return code !== null && NEVER_ACTIVATED.has(code) ? OLD : null;
    default:
      return null;
  }
}

const NEVER_ACTIVATED: ReadonlySet<string> = new Set(['not_started', 'guard_not_armed', 'switch_inhibited']);

/** One line for each way in which the record of a guarded switch disagrees with its host. */
export function guardedDisagreements(
  command: CommandView,
  { stands, left, bootedBack }: { stands: readonly string[]; left: readonly string[]; bootedBack: boolean },
): string[] {
  const { status, code, message } = command;
  const said = `${status}${code ? ` (${code})` : ''}`;
  const claimed = claimedStand(command);
  const is = stands.join(' ');
  const found = [...left];
  if (claimed === null) found.push(`${said} says nothing of where the host is: ${message}`);
  // The record was written before that boot, and announced it.
  else if (is !== claimed && !(claimed === UNTIL_BOOT && bootedBack && is === OLD))
    found.push(`told as ${said}, and the host is on ${is}`);
  return found.map((what) => `${command.id}: ${what}`);
}
