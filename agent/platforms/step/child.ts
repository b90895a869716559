import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { HELD_OPEN_MS } from '../../../shared/programs/held-open.ts';
import type { Clock, TimerHandle } from '../../../shared/time/clock.ts';
import type { RunProgram, Translation } from './step-program.ts';
import { NOT_FOUND } from './tool.ts';

const CANNOT_EXECUTE = 126;

const STDIO = { shown: 'inherit', taken: 'pipe', bytes: 'pipe', dropped: 'ignore' } as const;

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Runs one program of a step as a child of this process, which shares its output, environment and process group. */
export const createRunChild =
  (clock: Clock): RunProgram =>
  ([program, ...args], { cwd, stdout: wanted = 'shown', stderr = 'shown' } = {}) =>
    new Promise((resolve) => {
      const translation = typeof stderr === 'object' ? stderr : null;
      // Before the child exists, so that no signal comes between.
      const signals = translation && passSignals(() => child);
      const child: ChildProcess = spawn(program, args, {
        cwd,
        stdio: ['ignore', STDIO[wanted], typeof stderr === 'object' ? 'pipe' : STDIO[stderr]],
      });
      const shown = translation && show(child, translation, clock);
      let stdout = '';
      child.stdout?.setEncoding(wanted === 'bytes' ? 'latin1' : 'utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.on('error', (error: NodeJS.ErrnoException) => {
        if (stderr !== 'dropped') process.stderr.write(`${program}: cannot be started: ${error.message}\n`);
        signals?.stop();
        resolve({ code: error.code === 'ENOENT' ? NOT_FOUND : CANNOT_EXECUTE, stdout });
      });
      child.on('close', async (code, signal) => {
        await shown;
        const interrupted = signals?.stop();
        resolve({
          code: code ?? 128 + (signal ? constants.signals[signal] : 0),
          stdout,
          ...(interrupted && { interrupted }),
        });
      });
    });

/** Reads on only once what it wrote is gone: a faster program waits. */
async function show(child: ChildProcess, translation: Translation, clock: Clock): Promise<void> {
  const { stderr } = child;
  if (!stderr) return;
  let held: TimerHandle | null = null;
  let writing = false;
  let heldOpen = false;
  const hasExited = () => child.exitCode !== null || child.signalCode !== null;
  // Once there is nothing more to read, however slow the reader of this output is.
  const leaveSoon = () => {
    clock.clearTimeout(held);
    if (hasExited() && !stderr.destroyed)
      held = clock.setTimeout(() => (writing ? leaveSoon() : leave()), HELD_OPEN_MS);
  };
  const leave = () => {
    heldOpen = true;
    stderr.destroy();
  };
  child.on('exit', leaveSoon);
  try {
    for await (const chunk of stderr as AsyncIterable<Buffer>) {
      writing = true;
      await write(translation.write(chunk));
      writing = false;
      leaveSoon();
    }
  } catch (error) {
    if (!heldOpen) throw error;
  }
  clock.clearTimeout(held);
  await write(translation.end());
}

async function write(bytes: Uint8Array): Promise<void> {
  if (bytes.length > 0 && !process.stderr.write(bytes)) await once(process.stderr, 'drain');
}

/**
 * Until `stop`, which says whether there was one, a signal is for the child to end by. The child may get it twice, because its
 * whole tree is signalled.
 */
function passSignals(child: () => ChildProcess): { stop(): boolean } {
  let came = false;
  const pass = (signal: NodeJS.Signals) => {
    came = true;
    child().kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return {
    stop() {
      for (const signal of SIGNALS) process.off(signal, pass);
      return came;
    },
  };
}
