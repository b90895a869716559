import { ASKS_NOBODY } from '../../shared/programs/git-asking.ts';

const PASSED =
  /^(HOME|USER|LOGNAME|PATH|TMPDIR|LANG|LC_[A-Z]+|LOCALE_ARCHIVE|XDG_(RUNTIME_DIR|(CACHE|CONFIG|DATA|STATE)_HOME)|NIX_\w+|SSH_\w+|GIT_SSH(_COMMAND)?)$/;

/** Proxy variables of git, nix and curl, in upper and lower case. */
const PROXY = /^(HTTPS?|ALL|NO)_PROXY$/i;

/** In every process of a command, for people and scripts. Anyone may know the id, so it proves nothing. */
export const COMMAND_VARIABLE = 'SWITCHYARD_COMMAND_ID';

/**
 * In every process of a command's steps: it finds those that were re-parented or left the session. Its value is a secret of the
 * command, so that no other process can pose as one of its own. The wrapper exports it: every user could read it in argv or a
 * unit.
 */
export const TAG_VARIABLE = 'SWITCHYARD_COMMAND_TAG';

/** In every process of an agent's commands: the tag of its STATE_DIR. */
export const STATE_VARIABLE = 'SWITCHYARD_STATE';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The part of the agent's own environment that commands get. A proxy with a user and password is left out: each program of a
 * command could read it and print it into the output.
 */
export function passedEnvironment(agent: Environment): Record<string, string> {
  const isPassed = (name: string, value: string) => PASSED.test(name) || (PROXY.test(name) && !hasCredentials(value));
  return Object.fromEntries(
    Object.entries(agent).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && isPassed(entry[0], entry[1]),
    ),
  );
}

/** The names of the proxies that are not passed. Their values are secret. */
export const secretProxies = (agent: Environment): string[] =>
  Object.keys(agent).filter((name) => PROXY.test(name) && hasCredentials(agent[name] ?? ''));

/** With or without a scheme: `http://user:password@proxy:3128`, `user:password@proxy:3128`. */
const hasCredentials = (proxy: string): boolean => proxy.includes('@');

/** The passed variables, and settings that keep git, its ssh, and nix's git from asking anybody. */
export const askingNobody = (agent: Environment): Record<string, string> => ({
  ...passedEnvironment(agent),
  ...ASKS_NOBODY,
});

/**
 * The whole environment of a command, the same under every launcher. It takes only the listed variables of the agent's own: never
 * its token, and nothing that differs between an agent started by hand and one started by the service manager.
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
