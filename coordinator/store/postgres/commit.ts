/** SQLSTATE of `hold_lead`. */
export const NOT_LEADING = 'SY001';

/** The SQLSTATE of a refusal that left the session open; null where the database gave no such answer. */
export function stateOf(cause: unknown): string | null {
  const { code, severity } = cause as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity === 'ERROR' ? code : null;
}
