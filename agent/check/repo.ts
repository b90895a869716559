import { execa } from 'execa';
import { gitHint, gitWords } from '../../shared/programs/git-asking.ts';
import { letGoOf } from '../../shared/programs/held-open.ts';
import { type Environment, optionVariable } from '../../shared/settings/options.ts';
import type { Clock } from '../../shared/time/clock.ts';
import { askingNobody } from '../config/command-environment.ts';
import type { Config } from '../config/config.ts';
import { exposedSecret, type GitIo, gitEnv, runGit, shownRemote } from '../platforms/git/git.ts';
import { flakeFault, type Repo, repoFault, repoOf } from '../platforms/git/repo.ts';
import type { RunProgram } from '../platforms/step/step-program.ts';
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
  const outside = repo.url === null ? {} : NO_REPOSITORY;
  const io = { run: createRun({ ...askingNobody(env), ...gitEnv(repo.dir), ...outside }, clock), say: () => {} };
  return { what, ...(await (repo.url === null ? checkCheckout(repo, io) : checkRemote(repo.url, repo.branch, io))) };
}

/** A remote is asked without the configuration of any repository: its clone may not be there yet. */
const NO_REPOSITORY = { GIT_DIR: '/nonexistent' };

type Finding = Omit<CheckLine, 'what'>;

/** Git itself decides: it refuses a checkout that belongs to another user. */
async function checkCheckout(repo: Repo, io: GitIo): Promise<Finding> {
  const fault = await repoFault(repo);
  if (fault) return { ok: false, says: fault.message };
  const { code, stderr } = await runGit(io, repo.dir, 'rev-parse', '--git-dir');
  if (code !== 0) {
    const trust = `git config --global --add safe.directory ${repo.dir}`;
    const hint = stderr.includes('dubious ownership') ? `; to trust it, as the agent's user: ${trust}` : '';
    return { ok: false, says: `git refuses ${repo.dir}: ${firstLine(stderr) ?? 'no answer'}${hint}` };
  }
  const noFlake = await flakeFault(repo);
  if (noFlake) return { ok: false, says: noFlake.message };
  const secret = await exposedSecret(io, repo.dir, 'origin');
  return secret === null
    ? { ok: true, says: `${repo.dir} is a git repository` }
    : { ok: true, warns: true, says: secret };
}

async function checkRemote(url: string, branch: string, io: GitIo): Promise<Finding> {
  const remote = shownRemote(url);
  const secret = await exposedSecret(io, '.', url);
  if (secret !== null) return { ok: false, warns: true, says: secret };
  const { code, stderr } = await runGit(io, '.', 'ls-remote', '--exit-code', url, `refs/heads/${branch}`);
  if (code === 0) return { ok: true, says: `${remote} has the branch ${branch}` };
  const why = firstLine(stderr) ?? `it has no branch ${branch}, or does not answer`;
  const hint = gitHint(stderr) ?? `see ${optionVariable('repoUrl')} and ${optionVariable('branch')}`;
  return { ok: false, says: `${remote} cannot be fetched: ${why}; ${hint}` };
}

/** The line that matters: warnings come before it, and after an ssh failure git's own says less. */
const firstLine = (stderr: string): string | undefined => {
  const words = gitWords(stderr);
  return words.find((line) => /^fatal: (?!Could not read from)/.test(line)) ?? words[0];
};

/** Runs a program as a command does, in its own session without a terminal, so that it fails where a pull would. */
function createRun(env: Environment, clock: Clock): RunProgram {
  return async ([program, ...args], { stderr } = {}) => {
    const child = execa(program, args, {
      env,
      extendEnv: false,
      detached: true,
      reject: false,
      stdin: 'ignore',
    });
    const end = endGroupOf(child.pid);
    const held = letGoOf(child.nodeChildProcess, clock);
    const timer = clock.setTimeout(end.now, ANSWER_MS);
    const ended = await child;
    clock.clearTimeout(timer);
    end.forget();
    held.stop();
    if (typeof stderr === 'object') {
      stderr.write(Buffer.from(ended.stderr));
      stderr.end();
    }
    return { code: ended.failed ? ended.exitCode || 1 : 0, stdout: ended.stdout };
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
