import type { Clock } from '../../shared/clock.ts';
import type { Client } from './client.ts';
import type { Config } from './config.ts';
import type { FlagValues } from './flags.ts';
import type { Keyboard } from './keyboard.ts';
import type { Terminal } from './terminal.ts';
import type { Times } from './times.ts';
import type { VerbSpec } from './verb-spec.ts';

/** What a verb works with. */
export type Context = {
  clock: Clock;
  terminal: Terminal;
  /** Null where nobody can be asked. */
  keyboard: Keyboard | null;
  config: Config;
  client: Client;
  times: Times;
  flags: FlagValues;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  verbs: readonly VerbSpec[];
};
