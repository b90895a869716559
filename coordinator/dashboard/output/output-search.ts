import { type Accessor, createSignal } from 'solid-js';
import type { Command } from '../../../shared/model/command.ts';
import { notFoundWords } from '../words/holding.ts';
import { createOutputFinder } from './output-finder.ts';
import type { OutputPosition } from './output-position.ts';
import type { OutputText } from './output-text.ts';

/** A person's search in an output, from their current line on. */
export type OutputSearch = {
  /** Jumps to the next match, or says that there is none. `text`: null searches for errors. */
  find(text: string | null, step: 'next' | 'previous'): Promise<void>;
  /** Jumps to the error line that the host named, else to the last one that looks like it. */
  showFailure(): Promise<void>;
  /** The outcome of a search that found nothing; empty otherwise. */
  said: Accessor<string>;
  forgetSaid(): void;
};

/** `hostName`: the command's host, for the outcome. */
export function createOutputSearch(
  props: { command: Command },
  { bytes }: OutputText,
  position: OutputPosition,
  hostName: () => string,
): OutputSearch {
  const { id } = props.command;
  const [said, setSaid] = createSignal('');

  async function find(text: string | null, step: 'next' | 'previous'): Promise<void> {
    if (text === '' || bytes() === 0) return;
    const from = step === 'next' ? position.cursorEnd() : position.cursorOffset();
    const found = await createOutputFinder(id, text)[step](from);
    if (found === 'unread') setSaid(`The output could not be searched for ${text === null ? 'errors' : `“${text}”`}`);
    else if (typeof found === 'object') setSaid(notFoundWords(text, found, hostName()));
    else {
      setSaid('');
      await position.jumpTo(found);
    }
  }

  return {
    find,
    async showFailure() {
      const offset = props.command.evidence?.errorLine?.offset;
      if (offset !== undefined && offset < bytes()) await position.jumpTo(offset);
      else await find(null, 'previous');
    },
    said,
    forgetSaid: () => void setSaid(''),
  };
}
