/** Why a file of the operator's cannot be read, to follow its name in an error, and what to do if this user may not. */
export function unreadable(error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? error.code : error;
  const advice = reason === 'EACCES' || reason === 'EPERM' ? `: ${ADVICE}` : '';
  return `cannot be read (${reason})${advice}`;
}

/** Under the units systemd makes up the user, so no file can belong to it. */
const ADVICE =
  'the coordinator’s user may not; if the file holds no secret, let everyone read it and enter its folders, else pass it with LoadCredential (see docs/install.md)';
