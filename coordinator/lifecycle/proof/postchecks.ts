import { assertNever } from '../../../shared/assert-never.ts';
import type { Command } from '../../../shared/model/command.ts';
import type { Check, Report } from '../../../shared/model/report.ts';
import type { Target } from '../../../shared/model/target.ts';
import type { PostCheck } from '../../../shared/ops/op-definition.ts';

/** The command as it ended, a report from after its end, and the target. */
export type Proof = { command: Command; report: Report; target: Target | null };

export type PostCheckResult =
  | { kind: 'passed' }
  | {
      /** `failed`: the host shows something else. `unverified`: nothing shows it either way. */
      kind: 'failed' | 'unverified';
      code: 'post_check_failed' | 'post_check_unverified' | 'tests_failed';
      message: string;
    };

type Fault = { code: Extract<PostCheckResult, { code: string }>['code']; message: string };

/**
 * Whether a command that exited well achieved its goal (docs/protocol.md section 3, op table). The message names every missing
 * part; of several, one that was shown to be missing gives the code.
 */
export function runPostChecks(checks: readonly PostCheck[], proof: Proof): PostCheckResult {
  const faults = checks.map((check) => findFault(check, proof)).filter((fault) => fault !== null);
  const worst = faults.find(({ code }) => code !== 'post_check_unverified') ?? faults[0];
  if (!worst) return { kind: 'passed' };
  return {
    kind: worst.code === 'post_check_unverified' ? 'unverified' : 'failed',
    code: worst.code,
    message: faults.map(({ message }) => message).join('; '),
  };
}

function findFault(check: PostCheck, { command, report, target }: Proof): Fault | null {
  const { evidence, before, options } = command;
  switch (check) {
    case 'fetched-commit': {
      const asked = typeof options.commit === 'string' ? options.commit : null;
      const wanted = asked ?? evidence?.fetchedCommit ?? target?.commit ?? null;
      if (wanted === null) return unverified('Neither the fetched commit nor the target is known');
      return expectValue('The checkout', report.repoCommit, wanted);
    }
    case 'system-path-built':
      return evidence?.builtPath === undefined
        ? null
        : expectValue('The active system', report.systemPath, evidence.builtPath);
    case 'system-path-changed':
      return evidence?.rollback === undefined
        ? expectChange('The active system', before?.systemPath ?? null, report.systemPath)
        : expectValue('The active system', report.systemPath, evidence.rollback.path);
    case 'lock-hash':
      return evidence?.lockHash === undefined
        ? expectChange('The hash of flake.lock', before?.lockHash ?? null, report.lockHash)
        : expectValue('The hash of flake.lock', report.lockHash, evidence.lockHash);
    case 'tests-passed': {
      const failed = (evidence?.tests ?? []).filter(({ exitCode }) => exitCode !== 0);
      if (failed.length === 0) return null;
      const names = failed.map(({ name, exitCode }) => `${name} (${exitCode === null ? 'no exit code' : exitCode})`);
      return { code: 'tests_failed', message: `Test scripts failed: ${names.join(', ')}` };
    }
    case 'lock-checked':
      return expectCheck('flake.lock', report.checks.lock, command.startedAt);
    case 'system-checked':
      return expectCheck('the system', report.checks.system, command.startedAt);
    case 'previewed':
      return evidence?.preview === undefined ? unverified('The host did not report what it previewed') : null;
    case 'profile-path-built':
      return evidence?.builtPath === undefined
        ? unverified('The built system is not known')
        : expectValue('The profile', report.profilePath ?? null, evidence.builtPath);
    default:
      return assertNever(check);
  }
}

function expectValue(what: string, shown: string | null, wanted: string): Fault | null {
  if (shown === null) return unverified(`${what} is not known, it should be ${wanted}`);
  return shown === wanted ? null : failed(`${what} is ${shown}, not ${wanted}`);
}

function expectChange(what: string, before: string | null, after: string | null): Fault | null {
  if (before === null || after === null)
    return unverified(`${what} is not known ${before === null ? 'from before' : 'now'}, so no change can be seen`);
  return before === after ? failed(`${what} is unchanged: ${after}`) : null;
}

/** Both times are the host's own: `checkedAt` and `startedAt`. */
function expectCheck(what: string, check: Check | undefined, startedAt: number | null): Fault | null {
  if (!check) return unverified(`The report has no check of ${what}`);
  if (startedAt === null)
    return unverified(`The start of the op is not known, so no check of ${what} is known to be newer`);
  return check.checkedAt >= startedAt ? null : failed(`The last check of ${what} is older than the op`);
}

const failed = (message: string): Fault => ({ code: 'post_check_failed', message });
const unverified = (message: string): Fault => ({ code: 'post_check_unverified', message });
