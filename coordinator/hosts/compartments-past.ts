import type { Command } from '../../shared/model/command.ts';
import type { Compartment } from '../../shared/model/host.ts';
import { ACTIVATION_PHASE, type Check, type Report } from '../../shared/model/report.ts';
import type { PlatformName } from '../../shared/ops/op-definition.ts';
import { changesNothing } from '../lifecycle/activation-words.ts';

/**
 * Judges a host's system and tests by its ended commands, beside the host's own checks. The newest result counts. Results are
 * ordered on the host's own clock, which gives both a command's `startedAt` and a check's `checkedAt`.
 */

/** For each kind, the newest ended command that ran on the host. */
export type Past = {
  /** Activated a system, or tried to. */
  activation: Command | null;
  /** Left the checkout with another commit or flake.lock than it found; activations excluded. */
  move: Command | null;
  test: Command | null;
};

export const NO_PAST: Past = { activation: null, move: null, test: null };

const ACTIVATIONS: readonly string[] = ['switch', 'pull-switch', 'force-rebuild', 'rollback'];

/** The table's ops that leave something to remember. A restarted coordinator asks for the newest of each. */
export const REMEMBERED_OPS: readonly string[] = [...ACTIVATIONS, 'test', 'pull', 'bump-flake'];

/** Takes in an ended command, in any order: only the newest that ran is kept. */
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

export function systemOf(past: Past, report: Report | null, reportedAt: number | null): Compartment {
  return newest([
    fromCheck('system', report, reportedAt),
    from(past.activation, (command, ending) => {
      if (ending !== 'done') return ending;
      return command.op === 'rollback'
        ? ['outdated', 'Rolled back: the active system is not that of the checkout']
        : sinceActivation(command.after, report);
    }),
    from(past.move, ({ op }) => ['outdated', `The checkout changed (${op}); it is not active yet`]),
  ]);
}

export function testsOf(
  past: Past,
  report: Report | null,
  reportedAt: number | null,
  platform: PlatformName | null,
): Compartment {
  return newest([
    from(past.test, (_, ending) => (ending === 'done' ? ['ok', 'The tests passed'] : ending)),
    fromCheck('tests', report, reportedAt),
    from(past.activation, (command, ending) => {
      const { op, status } = command;
      if (ending === 'done') return ['outdated', `The tests have not run since the last ${op}`];
      if (leftTheSystem(command, report, platform)) return null;
      return ending[0] === 'unknown'
        ? ['unknown', `The last ${op} ended ${status}: the tests may no longer hold`]
        : ['outdated', `The tests have not run since the last ${op}, which ended ${status}`];
    }),
  ]);
}

type Said = [Compartment['status'], message: string];
type Word = Compartment & { at: number };

/** The last of the newest; unknown if nothing was said. */
function newest(words: readonly (Word | null)[]): Compartment {
  let found: Word | null = null;
  for (const word of words) if (word && (!found || word.at >= found.at)) found = word;
  if (!found) return { status: 'unknown', message: 'Never checked', since: null };
  const { status, message, since } = found;
  return { status, message, since };
}

/** The host's clock says how long before the report it was made; the coordinator's clock says when the report came. */
function fromCheck(name: 'system' | 'tests', report: Report | null, reportedAt: number | null): Word | null {
  const check: Check | undefined = report?.checks[name];
  if (!report || !check) return null;
  const { checkedAt, status, message } = check;
  const since = reportedAt === null ? checkedAt : reportedAt - Math.max(0, report.sampledAt - checkedAt);
  return { at: checkedAt, status, message, since };
}

function from(command: Command | null, say: (command: Command, ending: 'done' | Said) => Said | null): Word | null {
  const said = command && say(command, endingOf(command));
  if (!said) return null;
  const [status, message] = said;
  return { at: startOf(command), status, message, since: command.finishedAt };
}

const UNSEEN_STATUSES: readonly string[] = ['CANCELLED', 'LOST', 'TIMEOUT'];
const UNPROVED_CODES: readonly (string | null)[] = ['post_check_unverified', 'freshness_unknown'];

/** Done and proved, or what an unproved command leaves behind: an error, or unknown. */
function endingOf({ op, status, code, message }: Command): 'done' | Said {
  if (status === 'SUCCESS') return 'done';
  const unseen = UNSEEN_STATUSES.includes(status) || UNPROVED_CODES.includes(code);
  return [unseen ? 'unknown' : 'error', `The last ${op} ended ${status}: ${message ?? code ?? 'no reason is known'}`];
}

/**
 * An activation that failed did not activate: an earlier step failed, or the active system stayed and nothing else changed. A
 * later step runs only after the activation.
 */
function leftTheSystem(command: Command, now: Report | null, platform: PlatformName | null): boolean {
  const { evidence, before, exitCode, progress } = command;
  const failed = evidence?.failedStep;
  if (failed && !failed.activation) return evidence.systemPathAfter === undefined;
  const began = failed || evidence?.systemPathBefore !== undefined || progress?.phase === ACTIVATION_PHASE;
  if (began && !changesNothing(exitCode, platform === 'nixos')) return false;
  return before?.systemPath != null && now?.systemPath != null && before.systemPath === now.systemPath;
}

/** An activation makes the system ok for as long as the host stays as it left it. */
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
