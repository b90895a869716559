import { execa } from 'execa';
import type { Clock } from '../../shared/clock.ts';
import { gitHint, gitWords } from '../../shared/git-asking.ts';
import { letGoOf } from '../../shared/held-open.ts';
import { type Environment, optionVariable } from '../../shared/options.ts';
import { holdsSecret } from '../../shared/secret-url.ts';
import { askingNobody } from '../config/command-environment.ts';
import type { Config } from '../config/config.ts';
import { exposureOf, gitArguments, gitEnv, shownRemote } from '../platforms/git/git.ts';
import { flakeFault, type Repo, repoFault, repoOf } from '../platforms/git/repo.ts';
import { findTool } from '../platforms/step/tool.ts';
import type { CheckLine } from './line.ts';

const ANSWER_MS = 15_000;

/** Whether a pull has a source and a place to pull into. `env` is the agent's own. */
export async function checkRepo(config: Config, env: Environment, clock: Clock): Promise<CheckLine> {
  const what = 'repo';
  const repo = repoOf(config);
  if (!repo) {
    const says = `none: pull and switch need ${optionVariable('repoDir')} or ${optionVariable('repoUrl')}`;
    return { ok: config.platform === 'custom', what, says };
  }
  if (!findTool('git', env.PATH ?? '')) return { ok: false, what, says: 'not tested: git is not in PATH' };
  const git = createAsk(repo, env, clock);
  return { what, ...(await (repo.url === null ? checkCheckout(repo, git) : checkRemote(repo.url, repo.branch, git))) };
}

type Finding = Omit<CheckLine, 'what'>;
type Ask = (...args: string[]) => Promise<{ failed: boolean; stdout: string; stderr: string }>;

/** Git itself decides: it refuses a checkout that belongs to another user. */
async function checkCheckout(repo: Repo, git: Ask): Promise<Finding> {
  const fault = await repoFault(repo);
  if (fault) return { ok: false, says: fault.message };
  const { failed, stderr } = await git('-C', repo.dir, 'rev-parse', '--git-dir');
  const noFlake = failed ? null : await flakeFault(repo);
  if (noFlake) return { ok: false, says: noFlake.message };
  if (!failed)
    return (await exposed(git, '-C', repo.dir, 'origin')) ?? { ok: true, says: `${repo.dir} is a git repository` };
  const trust = `git config --global --add safe.directory ${repo.dir}`;
  const hint = stderr.includes('dubious ownership') ? `; to trust it, as the agent's user: ${trust}` : '';
  return { ok: false, says: `git refuses ${repo.dir}: ${firstLine(stderr) ?? 'no answer'}${hint}` };
}

async function checkRemote(url: string, branch: string, git: Ask): Promise<Finding> {
  const remote = shownRemote(url);
  const secret = await exposed(git, '--git-dir=/nonexistent', url);
  if (secret) return { ...secret, ok: false };
  const { failed, stderr } = await git(
    '--git-dir=/nonexistent',
    'ls-remote',
    '--exit-code',
    url,
    `refs/heads/${branch}`,
  );
  if (!failed) return { ok: true, says: `${remote} has the branch ${branch}` };
  const why = firstLine(stderr) ?? `it has no branch ${branch}, or does not answer`;
  const hint = gitHint(stderr) ?? `see ${optionVariable('repoUrl')} and ${optionVariable('branch')}`;
  return { ok: false, says: `${remote} cannot be fetched: ${why}; ${hint}` };
}

/** Whether git's configuration puts a password or token into the remote's address. */
async function exposed(git: Ask, ...where: [...string[], remote: string]): Promise<Finding | null> {
  const [remote = ''] = where.splice(-1);
  const { failed, stdout } = await git(...where, 'ls-remote', '--get-url', remote);
  return failed || !holdsSecret(stdout.trim())
    ? null
    : { ok: true, warns: true, says: exposureOf(remote, stdout.trim()) };
}

/** The line that matters: warnings come before it, and after an ssh failure git's own says less. */
const firstLine = (stderr: string): string | undefined => {
  const words = gitWords(stderr);
  return words.find((line) => /^fatal: (?!Could not read from)/.test(line)) ?? words[0];
};

/** Runs git as a command does, so that this fails where a pull would: in its own session, without a terminal to ask on. */
function createAsk(repo: Repo, env: Environment, clock: Clock): Ask {
  return async (...args) => {
    const child = execa('git', gitArguments(args), {
      env: { ...askingNobody(env), ...gitEnv(repo.dir) },
      extendEnv: false,
      detached: true,
      reject: false,
      stdin: 'ignore',
    });
    const end = endGroupOf(child.pid);
    const held = letGoOf(child.nodeChildProcess, clock);
    const timer = clock.setTimeout(end.now, ANSWER_MS);
    const { failed, stdout, stderr } = await child;
    clock.clearTimeout(timer);
    end.forget();
    held.stop();
    return { failed, stdout, stderr };
  };
}

/** Ends git and its ssh, which a Ctrl-C in this terminal does not reach. */
function endGroupOf(pid: number | undefined) {
  const now = () => {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  };
  const byThis = (signal: NodeJS.Signals) => {
    now();
    forget();
    process.kill(process.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const forget = () => {
    for (const signal of signals) process.off(signal, byThis);
  };
  for (const signal of signals) process.on(signal, byThis);
  return { now, forget };
}
