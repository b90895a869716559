import type { Clock } from '../../shared/time/clock.ts';
import type { Log } from '../config/log.ts';
import { createOutputIndexer, type OutputIndexer } from './index.ts';
import type { OutputKeeper } from './keeper.ts';
import { createOutputLog, type OutputLog } from './log.ts';
import { createOutputReader, type OutputReader } from './reader.ts';
import { createOutputSearch, type SearchOutput } from './search.ts';

/** The output of commands: written, read, indexed and searched. */
export type Outputs = { log: OutputLog; reader: OutputReader; indexer: OutputIndexer; search: SearchOutput };

export type OutputsDeps = { keeper: OutputKeeper; limitBytes: number; clock: Clock; log: Log };

export function createOutputs({ keeper, limitBytes, clock, log }: OutputsDeps): Outputs {
  const outputs = createOutputLog({ keeper, limitBytes, clock, log });
  const reader = createOutputReader({ keeper, outputs });
  const indexer = createOutputIndexer({ keeper, outputs, reader });
  return { log: outputs, reader, indexer, search: createOutputSearch({ reader, indexer }) };
}
