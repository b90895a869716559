import type { Clock } from '../../../shared/time/clock.ts';
import type { FlagValues } from '../grammar/flags.ts';
import type { VerbSpec } from '../grammar/verb-spec.ts';
import type { Keyboard } from '../terminal/keyboard.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Times } from '../terminal/times.ts';
import type { Client } from './client.ts';
import type { Config } from './config.ts';

/** A verb's surroundings. */
export type Context = {
  clock: Clock;
  terminal: Terminal;
  stdin: NodeJS.ReadStream;
  /** Null if nobody can be asked. */
  keyboard: Keyboard | null;
  config: Config;
  client: Client;
  times: Times;
  flags: FlagValues;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  verbs: readonly VerbSpec[];
};
