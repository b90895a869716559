import type { FlagName } from './flags.ts';

/** What can be said of a verb without running it. */
export type VerbSpec = {
  /** As it is typed: `hosts`, `host add`. */
  name: string;
  /** One line, no full stop. */
  summary: string;
  /** What stands after the name in the usage line. */
  takes: string;
  /** How many words it takes beside flags. */
  words: { least: number; most: number };
  /** Its flags; a text says what the flag means here. */
  flags: Partial<Record<FlagName, true | string>>;
  examples?: readonly string[];
  /** Left out of help and completion. */
  hidden?: boolean;
  /** It speaks to no coordinator. */
  isLocal?: boolean;
};
