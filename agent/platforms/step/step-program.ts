import type { Clock } from '../../../shared/clock.ts';
import type { Step } from '../../spool/platform.ts';

/**
 * How a program has ended: as a shell would say it, 128 + n for a signal, 127 and 126 where it could not be started. `interrupted`:
 * this step was sent a signal meanwhile, so that how it ended says little of what it found.
 */
export type ProgramEnd = { code: number; stdout: string; interrupted?: boolean };

/** Rewrites what a program prints, piece by piece; what it holds back comes with a later piece, or with the end. */
export type Translation = {
  write(chunk: Uint8Array): Buffer;
  end(): Buffer;
};

/** What a program prints is the command's output, unless it is taken as text (as `bytes`, a character each) or dropped. */
export type RunOptions = {
  cwd?: string;
  stdout?: 'shown' | 'taken' | 'bytes';
  stderr?: 'shown' | 'dropped' | Translation;
};

/** Runs a program to its end. With a translation a signal sent to this step alone reaches the program, and the step outlives it. */
export type RunProgram = (argv: readonly [string, ...string[]], options?: RunOptions) => Promise<ProgramEnd>;

/** What a step program may use of the process that it runs in. */
export type StepIo = {
  clock: Clock;
  /** SWITCHYARD_EVIDENCE_DIR of the command. */
  evidenceDir: string;
  run: RunProgram;
  /** One line of the command's output. */
  say(line: string): void;
};

/** A step that needs logic: a part of this agent that runs as a process of its own. Resolves to the exit status. */
export type StepProgram = (args: readonly string[], io: StepIo) => Promise<number>;

/** The argv prefix that starts this agent's own steps: Node, the agent's entry, `step`. */
export type Self = readonly [string, ...string[]];

/** The step that runs the program `name` of step-table.ts (docs/decisions/0005-steps-with-logic.md). */
export function programStep(self: Self, phase: string, name: string, ...args: string[]): Step {
  return { phase, argv: [...self, name, ...args] };
}
