/** The SQLSTATE that `hold_lead` raises. */
export const NOT_LEADING = 'SY001';

/** The SQLSTATE of a refusal that left the session open; null for any other error. */
export function stateOf(cause: unknown): string | null {
  const { code, severity } = cause as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity === 'ERROR' ? code : null;
}
