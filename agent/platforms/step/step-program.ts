import type { Clock } from '../../../shared/time/clock.ts';
import type { Step } from '../../spool/platform.ts';

/**
 * How a program ended, as a shell would say it: 128 + n for a signal, 127 and 126 if it could not be started. `interrupted`: this
 * step got a signal meanwhile, so the program's end says little about what it found.
 */
export type ProgramEnd = { code: number; stdout: string; interrupted?: boolean };

/** Rewrites a program's output piece by piece; held-back text comes with a later piece, or with the end. */
export type Translation = {
  write(chunk: Uint8Array): Buffer;
  end(): Buffer;
};

/** A program's output is the command's output, unless it is taken as text (as `bytes`, one character each) or dropped. */
export type RunOptions = {
  cwd?: string;
  stdout?: 'shown' | 'taken' | 'bytes';
  stderr?: 'shown' | 'dropped' | Translation;
};

/** Runs a program to its end. With a translation, a signal sent only to this step reaches the program, and the step outlives it. */
export type RunProgram = (argv: readonly [string, ...string[]], options?: RunOptions) => Promise<ProgramEnd>;

/** The parts of its process that a step program may use. */
export type StepIo = {
  clock: Clock;
  /** SWITCHYARD_EVIDENCE_DIR of the command. */
  evidenceDir: string;
  run: RunProgram;
  /** One line of the command's output. */
  say(line: string): void;
};

/** A step that needs logic: a part of this agent that runs as its own process. Resolves to the exit status. */
export type StepProgram = (args: readonly string[], io: StepIo) => Promise<number>;

/** The argv prefix that starts this agent's own steps: Node, the agent's entry, `step`. */
export type Self = readonly [string, ...string[]];

/** The step that runs the program `name` of step-table.ts (docs/decisions/0005-steps-with-logic.md). */
export function programStep(self: Self, phase: string, name: string, ...args: string[]): Step {
  return { phase, argv: [...self, name, ...args] };
}
