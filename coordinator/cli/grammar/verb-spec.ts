import type { FlagName } from './flags.ts';

/** The description of a verb, apart from its code. */
export type VerbSpec = {
  /** As it is typed: `hosts`, `host add`. */
  name: string;
  /** One line, no full stop. */
  summary: string;
  /** The words after the name in the usage line. */
  takes: string;
  /** How many words it takes beside flags. */
  words: { least: number; most: number };
  /** Its flags; a text describes the flag for this verb. */
  flags: Partial<Record<FlagName, true | string>>;
  examples?: readonly string[];
  /** Left out of help and completion. */
  hidden?: boolean;
  /** It works without a token. */
  needsNoToken?: boolean;
  /** It needs no coordinator. */
  isLocal?: boolean;
};
