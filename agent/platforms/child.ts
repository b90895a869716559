import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { RunProgram } from './step-program.ts';
import { NOT_FOUND } from './tool.ts';

const CANNOT_EXECUTE = 126;

/** Runs one program of a step as a child of this process, which shares its output, environment and process group. */
export const runChild: RunProgram = ([program, ...args], { cwd, stdout: wanted = 'shown', stderr = 'shown' } = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', wanted === 'taken' ? 'pipe' : 'inherit', stderr === 'dropped' ? 'ignore' : 'inherit'],
    });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (stderr === 'shown') process.stderr.write(`${program}: cannot be started: ${error.message}\n`);
      resolve({ code: error.code === 'ENOENT' ? NOT_FOUND : CANNOT_EXECUTE, stdout });
    });
    child.on('close', (code, signal) => {
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), stdout });
    });
  });
