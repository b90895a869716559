import type { Command } from '../../shared/command.ts';
import type { Compartment } from '../../shared/host.ts';
import type { Check, Report } from '../../shared/report.ts';

/**
 * What ended commands say of a host's system and tests, beside the checks that the host made itself. The newest word counts;
 * words are ordered on the host's own clock, which gives a command's `startedAt` as well as a check's `checkedAt`.
 */

/** Of each kind the newest command that ran on the host and ended. */
export type Past = {
  /** Activated a system, or tried to. */
  activation: Command | null;
  /** Left the checkout with another commit or another flake.lock than it found; activations aside. */
  move: Command | null;
  test: Command | null;
};

export const NO_PAST: Past = { activation: null, move: null, test: null };

const ACTIVATIONS: readonly string[] = ['switch', 'pull-switch', 'force-rebuild', 'rollback'];

/** The ops of the table that leave something to remember; the newest of each is what a restarted coordinator asks for. */
export const REMEMBERED_OPS: readonly string[] = [...ACTIVATIONS, 'test', 'pull', 'bump-flake'];

/** Takes in a command that has ended; in any order, since only the newest that ran is kept. */
export function remember(past: Past, command: Command): Past {
  const kind = kindOf(command);
  const ran = command.startedAt !== null || (command.status === 'LOST' && command.acceptedAt !== null);
  if (kind === null || !ran) return past;
  const known = past[kind];
  return known && startOf(known) > startOf(command) ? past : { ...past, [kind]: command };
}

function kindOf(command: Command): keyof Past | null {
  if (ACTIVATIONS.includes(command.op)) return 'activation';
  if (command.op === 'test') return 'test';
  return hasMoved(command) ? 'move' : null;
}

const startOf = ({ startedAt, acceptedAt }: Command): number => startedAt ?? acceptedAt ?? 0;

export function systemOf(past: Past, report: Report | null): Compartment {
  return newest([
    fromCheck(report?.checks.system),
    from(past.activation, (command, ending) => {
      if (ending !== 'done') return ending;
      return command.op === 'rollback'
        ? ['outdated', 'Rolled back: the active system is not that of the checkout']
        : sinceActivation(command.after, report);
    }),
    from(past.move, ({ op }) => ['outdated', `The checkout changed (${op}); it is not active yet`]),
  ]);
}

export function testsOf(past: Past, report: Report | null): Compartment {
  return newest([
    from(past.test, (_, ending) => (ending === 'done' ? ['ok', 'The tests passed'] : ending)),
    fromCheck(report?.checks.tests),
    from(past.activation, ({ op }, ending) =>
      ending === 'done' ? ['outdated', `The tests have not run since the last ${op}`] : ending,
    ),
  ]);
}

type Said = [Compartment['status'], message: string];
type Word = Compartment & { at: number };

/** The last of those that are the newest; unknown where nothing was said. */
function newest(words: readonly (Word | null)[]): Compartment {
  let found: Word | null = null;
  for (const word of words) if (word && (!found || word.at >= found.at)) found = word;
  if (!found) return { status: 'unknown', message: 'Never checked', since: null };
  const { status, message, since } = found;
  return { status, message, since };
}

const fromCheck = (check: Check | undefined): Word | null =>
  check ? { at: check.checkedAt, status: check.status, message: check.message, since: check.checkedAt } : null;

function from(command: Command | null, say: (command: Command, ending: 'done' | Said) => Said): Word | null {
  if (!command) return null;
  const [status, message] = say(command, endingOf(command));
  return { at: startOf(command), status, message, since: command.finishedAt };
}

const UNSEEN_STATUSES: readonly string[] = ['CANCELLED', 'LOST', 'TIMEOUT'];
const UNPROVED_CODES: readonly (string | null)[] = ['post_check_unverified', 'freshness_unknown'];

/** Done and proved, or what a command that wasn't leaves behind: an error, or nobody knows. */
function endingOf({ op, status, code, message }: Command): 'done' | Said {
  if (status === 'SUCCESS') return 'done';
  const unseen = UNSEEN_STATUSES.includes(status) || UNPROVED_CODES.includes(code);
  return [unseen ? 'unknown' : 'error', `The last ${op} ended ${status}: ${message ?? code ?? 'no reason is known'}`];
}

/** An activation made the system ok for as long as the host stays as it left it. */
function sinceActivation(after: Report | null, now: Report | null): Said {
  if (after && now) {
    if (isOther(after.systemPath, now.systemPath))
      return ['outdated', `${now.systemPath} is active, the last switch activated ${after.systemPath}`];
    if (isOther(after.repoCommit, now.repoCommit) || isOther(after.lockHash, now.lockHash))
      return ['outdated', 'The checkout changed since the last switch'];
  }
  return ['ok', 'The checkout is active'];
}

const hasMoved = ({ before, after }: Command): boolean =>
  isOther(before?.repoCommit, after?.repoCommit) || isOther(before?.lockHash, after?.lockHash);

const isOther = (one: string | null | undefined, other: string | null | undefined): boolean =>
  one != null && other != null && one !== other;
