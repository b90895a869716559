const PASSED =
  /^(HOME|USER|LOGNAME|PATH|TMPDIR|LANG|LC_[A-Z]+|LOCALE_ARCHIVE|XDG_RUNTIME_DIR|NIX_\w+|SSH_\w+|GIT_SSH(_COMMAND)?)$/;

/** In every process of a command: how one that was re-parented or left the session is found again. */
export const COMMAND_VARIABLE = 'SWITCHYARD_COMMAND_ID';

/** In every process of an agent's commands: the tag of its STATE_DIR. */
export const STATE_VARIABLE = 'SWITCHYARD_STATE';

/**
 * The whole environment of a command, the same under every launcher. Of the agent's own only what is listed: never its token, and
 * nothing that differs between an agent started by hand and one started by the service manager.
 */
export function commandEnvironment(
  agent: Readonly<Record<string, string | undefined>>,
  command: { id: string; stateTag: string; evidenceDir: string },
): Record<string, string> {
  const passed = Object.entries(agent).filter(
    (entry): entry is [string, string] => PASSED.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(passed),
    [COMMAND_VARIABLE]: command.id,
    [STATE_VARIABLE]: command.stateTag,
    SWITCHYARD_EVIDENCE_DIR: command.evidenceDir,
  };
}
