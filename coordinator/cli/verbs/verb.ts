import type { Context } from '../client/context.ts';
import type { ExitStatus } from '../grammar/exit-status.ts';
import type { VerbSpec } from '../grammar/verb-spec.ts';

/** One verb of the command line. */
export type Verb = VerbSpec & {
  run(context: Context, words: readonly string[]): Promise<ExitStatus>;
};
