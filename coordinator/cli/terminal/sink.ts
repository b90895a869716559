import { once } from 'node:events';
import { jsonText } from './acting.ts';
import { createPaint, type Paint } from './paint.ts';
import { withColours } from './style.ts';
import { harmless } from './text.ts';

/** One of the two streams that people and programs read. Whatever words come to it, and from whom, none of them acts on a terminal. */
export type Sink = {
  /** A line of words; what in it could act is taken out, line breaks too, and styles of `paint` become colours. */
  line(words: string): void;
  /** The beginning of a line. */
  begin(words: string): void;
  /** A line of JSON; what could act is escaped. */
  json(value: unknown): void;
  /** As it is: the bytes of an output, what a screen draws. */
  raw(data: string | Uint8Array): void;
  /** Resolves when more may be written without piling up. */
  drained(): Promise<void>;
  /** A terminal that can be drawn upon. */
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
    ...{ raw, begin, line, isTerminal },
    json: (value) => line(jsonText(value)),
    drained: async () => {
      if (stream.writableNeedDrain) await once(stream, 'drain');
    },
    paint: createPaint(isTerminal && hasColour),
  };
}
