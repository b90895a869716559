import { ACTING_IN_OUTPUT } from './acting.ts';

/**
 * Output as a terminal may be shown it: colours and line breaks, and nothing else that acts. Pieces may be cut anywhere.
 */
export function createHarmless({ hasColour }: { hasColour: boolean }): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** The beginning of what may become a colour, or of a CR LF. */
  let held = '';

  return (bytes) => {
    const text = held + decoder.decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const cut = /(?:\u001b(?:\[[\d;:]{0,32})?|[\r\ud800-\udbff])$/.exec(text)?.index ?? text.length;
    held = text.slice(cut);
    return text
      .slice(0, cut)
      .replaceAll(ACTS, (match) => (hasColour && match.startsWith(COLOUR) ? match : ''))
      .replaceAll(/\r\n?/g, '\n');
  };
}

const COLOUR = '\u001b[';
// Of an escape sequence that is no colour only the escape goes: what follows is then text like any other.
const ACTS = new RegExp(`\u001b\\[[\\d;:]{0,32}m|[${ACTING_IN_OUTPUT}]`, 'gu');
