import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** One run of a program that a test started. */
export type Program = {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
};

export type ProgramSpec = {
  argv: readonly [string, ...string[]];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** Both streams are appended to it; leftovers of the program can't hold a file open as they can a pipe. */
  logFile: string;
};

const { NODE_COMPILE_CACHE } = process.env;

/** The environment of a program that many suites start from one path: its code is compiled once for all of them. */
export const COMPILED: Readonly<Record<string, string>> = NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {};

const running = new Set<ChildProcess>();

// However this process ends, its programs do not outlive it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program in its own process group, so that Ctrl-C on a terminal reaches only the process in charge. */
export function startProgram({ argv: [file, ...args], env, logFile }: ProgramSpec): Program {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(file, args, { env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  running.add(child);
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  return { pid: child.pid, exited, kill: (signal) => void child.kill(signal) };
}

/** The program's output so far; empty before its first start. */
export function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
}

/** Its JSON lines; others are left out. */
export function logLines(logFile: string): Record<string, unknown>[] {
  return readLog(logFile)
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** SIGTERM, then SIGKILL if that does not help. */
export async function endProgram(program: Program, patienceMs = 30_000): Promise<Exit> {
  const impatience = setTimeout(() => program.kill('SIGKILL'), patienceMs);
  program.kill('SIGTERM');
  try {
    return await program.exited;
  } finally {
    clearTimeout(impatience);
  }
}
