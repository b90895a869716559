import { copy } from '../app/notices.ts';
import { setQuery } from '../app/router.ts';
import type { OutputReading } from './output-reading.ts';

/** Copies the link to a line. It names the line's first byte, which never moves. */
export function linkTo({ text, position }: OutputReading, number: number): void {
  const line = text.source.line(number);
  if (!line) return;
  position.setCursor(number);
  setQuery({ at: String(line.offset) });
  void copy(location.href, `Link to line ${number}`);
}

/** Acts on the keys that are pressed in the region of the output's lines. */
export function createOutputKeys(reading: OutputReading): (event: KeyboardEvent) => void {
  const { text, position, search } = reading;
  const { scroll, cursor, moveCursor } = position;
  const keys: Record<string, () => void> = {
    ArrowDown: () => moveCursor(1),
    ArrowUp: () => moveCursor(-1),
    PageDown: () => moveCursor(Math.floor(scroll.shown())),
    PageUp: () => moveCursor(-Math.floor(scroll.shown())),
    Home: () => moveCursor(-text.lines()),
    End: position.attach,
    Enter: () => linkTo(reading, cursor() ?? 0),
    n: () => void search.find(null, 'next'),
    p: () => void search.find(null, 'previous'),
  };
  return (event) => {
    const isHere = event.target === event.currentTarget && !event.ctrlKey && !event.metaKey;
    const act = isHere ? keys[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    reading.moveOn();
    act();
  };
}
