import type { Context } from './context.ts';
import type { ExitStatus } from './exit-status.ts';
import type { VerbSpec } from './verb-spec.ts';

/** One thing that the command line does. */
export type Verb = VerbSpec & {
  run(context: Context, words: readonly string[]): Promise<ExitStatus>;
};
