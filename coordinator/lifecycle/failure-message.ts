import { OUTCOMES } from '../../shared/model/outcomes.ts';
import type { Evidence } from '../../shared/model/report.ts';
import type { CommandExited } from '../../shared/wire/protocol.ts';

/** One sentence on an exit that is not a success: its status, the tests that failed, and the line that says why. */
export function failureMessage({ exitCode, evidence }: Pick<CommandExited, 'exitCode' | 'evidence'>): string {
  const failed = (evidence?.tests ?? []).filter((test) => test.exitCode !== 0).map((test) => test.name);
  const line = evidence?.errorLine?.text;
  if (failed.length === 0) return `Exited with status ${exitCode}${line ? `: ${line}` : ''}`;
  // The line of a failed test may begin with its name.
  const isNamed = failed.length === 1 && line?.startsWith(`${failed[0]}: `);
  const what = isNamed ? line : [failed.join(', '), line].filter(Boolean).join(': ');
  return `Exited with status ${exitCode}; failed tests: ${what}`;
}

/** One sentence on an activation whose units failed. It names them, or quotes the line of the activation that does. */
export function failedUnitsMessage(evidence: Pick<Evidence, 'failedUnits' | 'errorLine'> | null): string {
  const { failedUnits = [], errorLine } = evidence ?? {};
  if (failedUnits.length > 0) return `The configuration is active, but units failed: ${failedUnits.join(', ')}`;
  return [OUTCOMES.units_failed.message, errorLine?.text].filter(Boolean).join('; ');
}
