import { ASKS_NOBODY } from '../../shared/git-asking.ts';

const PASSED =
  /^(HOME|USER|LOGNAME|PATH|TMPDIR|LANG|LC_[A-Z]+|LOCALE_ARCHIVE|XDG_(RUNTIME_DIR|(CACHE|CONFIG|DATA|STATE)_HOME)|NIX_\w+|SSH_\w+|GIT_SSH(_COMMAND)?)$/;

/** What git, nix and curl ask for their way out; each in capitals and in small letters. */
const PROXY = /^(HTTPS?|ALL|NO)_PROXY$/i;

/** In every process of a command, for people and scripts. Everybody may know the id, and so it proves nothing. */
export const COMMAND_VARIABLE = 'SWITCHYARD_COMMAND_ID';

/**
 * In every process of a command's steps: how one that was re-parented or left the session is found again. Its value is a secret of the
 * command, so that no other process can pose as one of its own. The wrapper exports it: in argv or a unit all users could read it.
 */
export const TAG_VARIABLE = 'SWITCHYARD_COMMAND_TAG';

/** In every process of an agent's commands: the tag of its STATE_DIR. */
export const STATE_VARIABLE = 'SWITCHYARD_STATE';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What commands get of the agent's own environment. A proxy with a user and password is no part of it: each program of a command could
 * read it, and print it into the output.
 */
export function passedEnvironment(agent: Environment): Record<string, string> {
  const isPassed = (name: string, value: string) => PASSED.test(name) || (PROXY.test(name) && !hasCredentials(value));
  return Object.fromEntries(
    Object.entries(agent).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && isPassed(entry[0], entry[1]),
    ),
  );
}

/** The names of the proxies that are not passed. Their values are nobody's to see. */
export const secretProxies = (agent: Environment): string[] =>
  Object.keys(agent).filter((name) => PROXY.test(name) && hasCredentials(agent[name] ?? ''));

/** With or without a scheme before it: `http://user:password@proxy:3128`, `user:password@proxy:3128`. */
const hasCredentials = (proxy: string): boolean => proxy.includes('@');

/** What is passed, and that nobody can be asked: by git, by its ssh, and by the git that nix runs. */
export const askingNobody = (agent: Environment): Record<string, string> => ({
  ...passedEnvironment(agent),
  ...ASKS_NOBODY,
});

/**
 * The whole environment of a command, the same under every launcher. Of the agent's own only what is listed: never its token, and
 * nothing that differs between an agent started by hand and one started by the service manager.
 */
export function commandEnvironment(
  agent: Environment,
  command: { id: string; stateTag: string; evidenceDir: string },
): Record<string, string> {
  return {
    ...askingNobody(agent),
    [COMMAND_VARIABLE]: command.id,
    [STATE_VARIABLE]: command.stateTag,
    SWITCHYARD_EVIDENCE_DIR: command.evidenceDir,
  };
}
