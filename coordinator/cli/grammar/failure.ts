import { EXIT, type ExitStatus } from './exit-status.ts';

/** Ends the program with one line on stderr and this exit status. */
export class Failure extends Error {
  readonly exit: ExitStatus;

  constructor(message: string, { exit, ...options }: ErrorOptions & { exit: ExitStatus }) {
    super(message, options);
    this.name = 'Failure';
    this.exit = exit;
  }
}

export const notAllowed = (): Failure =>
  new Failure(
    'unauthorized: the coordinator does not accept this token: see SWITCHYARD_API_TOKEN, or token in ~/.config/switchyard/config.toml; a sign-in lasts 12 hours: switchyard login',
    { exit: EXIT.notAllowed },
  );
