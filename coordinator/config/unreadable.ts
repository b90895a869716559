/** Why a file of the operator's cannot be read, for a fault that has named it; what to do where it is not open to this user. */
export function unreadable(error: unknown): string {
  const reason = error instanceof Error && 'code' in error ? error.code : error;
  const advice = reason === 'EACCES' || reason === 'EPERM' ? `: ${ADVICE}` : '';
  return `cannot be read (${reason})${advice}`;
}

/** Under the units the user is one that systemd makes up, whom no file can be given to. */
const ADVICE =
  'the user that the coordinator runs as may not; if it holds no secret, let everyone read it and enter its folders, else have systemd hand it on with LoadCredential (see docs/install.md)';
