import { type Exit, endProgram, type Program } from './program.ts';

/** Keeps a service running like a service manager with Restart=always: whatever it ends with, it is started again. */
export type Supervisor = {
  /** Null between two runs and while stopped. */
  pid(): number | null;
  /** How each run so far has ended. */
  readonly exits: readonly Exit[];
  /** To the service itself, not to its children. */
  kill(signal: NodeJS.Signals): void;
  /** Starts it, unless it should be running already. */
  start(): void;
  /** Ends the service and leaves it down. */
  stop(): Promise<void>;
  /** Like a power cut: SIGKILL, and it stays down. */
  crash(): Promise<void>;
};

/** systemd's own default of RestartSec. */
const RESTART_MS = 100;

export function supervise(run: () => Program, { starts = true } = {}): Supervisor {
  const exits: Exit[] = [];
  let wanted = false;
  let current: Program | null = null;
  let restart: NodeJS.Timeout | undefined;

  function start(): void {
    wanted = true;
    const program = run();
    current = program;
    void program.exited.then((exit) => {
      exits.push(exit);
      current = null;
      if (wanted) restart = setTimeout(start, RESTART_MS);
    });
  }

  if (starts) start();
  return {
    pid: () => current?.pid ?? null,
    exits,
    kill: (signal) => current?.kill(signal),
    start() {
      if (!wanted) start();
    },
    async stop() {
      wanted = false;
      clearTimeout(restart);
      if (current) await endProgram(current);
    },
    async crash() {
      wanted = false;
      clearTimeout(restart);
      const program = current;
      program?.kill('SIGKILL');
      await program?.exited;
    },
  };
}
