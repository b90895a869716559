import { EXIT } from '../grammar/exit-status.ts';
import { Failure } from '../grammar/failure.ts';
import type { Context } from './context.ts';

/** Asks a question whose answer is No unless it is y. Rejects with a `Failure` if nobody can be asked; `--yes` skips the question. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  const { flags, keyboard, terminal, interrupted } = context;
  if (flags.yes) return true;
  if (!keyboard)
    throw new Failure(`this asks first, and there is no terminal to answer on: add --yes\n${question}`, {
      exit: EXIT.usage,
    });
  terminal.err.begin(`${question} [y/N] `);
  const key = await new Promise<string>((resolve) => {
    const stop = keyboard.listen((typed) => {
      stop();
      resolve(typed);
    });
    interrupted.addEventListener('abort', () => {
      stop();
      resolve('');
    });
  });
  const isYes = key === 'y' || key === 'Y';
  terminal.err.line(isYes ? key : interrupted.aborted ? '^C' : 'n');
  return isYes;
}

/** Like `confirm`, but No ends the program. */
export async function confirmOrLeave(context: Context, question: string): Promise<void> {
  if (await confirm(context, question)) return;
  if (context.interrupted.aborted) throw new Failure('nothing was done', { exit: EXIT.detached });
  throw new Failure('nothing was done', { exit: EXIT.nothingRan });
}
