import { ERRORS, type SwitchyardError } from './errors.ts';
import type { Problem } from './resources.ts';

/** The refusal in an answer (RFC 9457). */
export function problemOf({ code, message, faults, position, leader }: SwitchyardError): Problem {
  const { status, title } = ERRORS[code];
  const problem: Problem = { type: `urn:switchyard:problem:${code}`, title, status, code, detail: message };
  if (faults) problem.errors = [...faults];
  if (position !== undefined) problem.position = position;
  if (leader !== undefined) problem.leader = leader;
  return problem;
}
