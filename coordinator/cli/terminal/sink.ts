import { once } from 'node:events';
import { jsonText } from './acting.ts';
import { createPaint, type Paint } from './paint.ts';
import { withColours } from './style.ts';
import { harmless } from './text.ts';

/** One of the two streams that people and programs read. No text in it acts on a terminal, whoever wrote it. */
export type Sink = {
  /** A line of words: acting characters and line breaks go, and styles of `paint` become colours. */
  line(words: string): void;
  /** The beginning of a line. */
  begin(words: string): void;
  /** A line of JSON; acting characters are escaped. */
  json(value: unknown): void;
  /** Unchanged: the bytes of an output, or a screen's drawing. */
  raw(data: string | Uint8Array): void;
  /** Resolves when more may be written without piling up. */
  drained(): Promise<void>;
  /** A terminal that can be redrawn. */
  isTerminal: boolean;
  paint: Paint;
};

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'write' | 'writableNeedDrain'> & NodeJS.EventEmitter;

export function createSink(stream: Stream, { isDumb, hasColour }: { isDumb: boolean; hasColour: boolean }): Sink {
  const isTerminal = stream.isTTY === true && !isDumb;
  const raw = (data: string | Uint8Array) => void stream.write(data);
  const begin = (words: string) => raw(withColours(harmless(words)));
  const line = (words: string) => raw(`${withColours(harmless(words))}\n`);
  return {
    raw,
    begin,
    line,
    isTerminal,
    json: (value) => line(jsonText(value)),
    drained: async () => {
      if (stream.writableNeedDrain) await once(stream, 'drain');
    },
    paint: createPaint(isTerminal && hasColour),
  };
}
