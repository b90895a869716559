/**
 * No person sits where git runs: any question of git or its ssh fails at once. An empty askpass also outranks
 * `core.askPass` of git's configuration. (`ssh -o BatchMode=yes` in GIT_SSH_COMMAND would hide the deploy key that an operator
 * set there or in `core.sshCommand`; without a terminal and an askpass ssh asks nobody either.)
 */
export const ASKS_NOBODY = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
} as const;

/** Messages of git and ssh (C locale) that ask for a person, each with a hint on how to prepare the host. */
const HINTS: readonly [says: RegExp, hint: string][] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    "the remote's host key differs from the one in known_hosts: if it was changed on purpose, run ssh-keygen -R HOST and add the new one",
  ],
  [
    /Host key verification failed/,
    "known_hosts of git's user lacks the remote's host key: compare it with the published one, then ssh-keyscan HOST >> ~/.ssh/known_hosts",
  ],
  [
    /Permission denied \([^)]*publickey/,
    "the remote accepts no ssh key of git's user (one with a passphrase counts only in an agent): set a deploy key with core.sshCommand or GIT_SSH_COMMAND",
  ],
  [
    /could not read (?:Username|Password) for/,
    'the remote wants a user name and password, and nobody can be asked: set up a git credential helper, or a deploy key over ssh',
  ],
  [
    /Authentication failed for/,
    "the remote refuses the user name and password of git's credential helper: renew them there",
  ],
  [
    /detected dubious ownership/,
    "the folder belongs to another user than git's: chown it, or as git's user: git config --global --add safe.directory FOLDER",
  ],
];

/** Advice on what git printed; null where git's own words must do. */
export const gitHint = (stderr: string): string | null => HINTS.find(([says]) => says.test(stderr))?.[1] ?? null;

/** The frames around ssh's warnings, and lines that git adds to any error. */
const FILLER = /^(@+|Please make sure you have the correct access rights|and the repository exists\.)$/;

/** The meaningful lines of what git and its ssh printed, with single spaces. */
export const gitWords = (stderr: string): string[] =>
  stderr
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/^@ | @$/g, '')
        .trim(),
    )
    .filter((line) => line !== '' && !FILLER.test(line));
