import type { Context } from '../client/context.ts';
import type { ExitStatus } from '../grammar/exit-status.ts';
import type { VerbSpec } from '../grammar/verb-spec.ts';

/** One thing that the command line does. */
export type Verb = VerbSpec & {
  run(context: Context, words: readonly string[]): Promise<ExitStatus>;
};
