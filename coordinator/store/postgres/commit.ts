/** The SQLSTATE of a refusal that left the session open; null for any other error. */
export function stateOf(cause: unknown): string | null {
  const { code, severity } = cause as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity === 'ERROR' ? code : null;
}

/**
 * Whether this state refuses the written content, and would do so under any leader: data, a constraint, the statement, a limit of the
 * database. Any other refusal of a whole commit ends the lead.
 */
export const isOfContent = (state: string): boolean => /^(22|23|42|54)/.test(state);

/** Whether this state fails one part of a batch, as `WHEN OTHERS` of `write_parts` has it: all but the database's own interruptions. */
export const isOfPart = (state: string | null): boolean => state !== null && !state.startsWith('57');
