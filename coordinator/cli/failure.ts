import type { ExitStatus } from './exit-status.ts';

/** Ends the program: one line for stderr, and the status to leave with. */
export class Failure extends Error {
  readonly exit: ExitStatus;

  constructor(message: string, { exit, ...options }: ErrorOptions & { exit: ExitStatus }) {
    super(message, options);
    this.name = 'Failure';
    this.exit = exit;
  }
}
