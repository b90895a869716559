import { ACTING_IN_OUTPUT } from './acting.ts';

/**
 * Output that is safe to show on a terminal: colours and line breaks stay, everything else that acts or hides goes. Pieces may be
 * cut anywhere.
 */
export function createHarmless({ hasColour }: { hasColour: boolean }): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** The beginning of a possible colour sequence, or of a CR LF. */
  let held = '';

  return (bytes) => {
    const text = held + decoder.decode(bytes, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const cut = /(?:\u001b(?:\[[\d;:]{0,32})?|[\r\ud800-\udbff])$/.exec(text)?.index ?? text.length;
    held = text.slice(cut);
    return text
      .slice(0, cut)
      .replaceAll(ACTS, (match) => (hasColour && match.startsWith(COLOUR) ? shown(match) : ''))
      .replaceAll(/\r\n?/g, '\n');
  };
}

const COLOUR = '\u001b[';
const CONCEALED = 8;
/** The rest of a custom colour after 38, 48 and 58: `5;N` or `2;R;G;B`. */
const EXTENDED: Readonly<Record<string, number>> = { '5': 2, '2': 4 };

/** The sequence without attributes that would hide the following text. */
function shown(sequence: string): string {
  const codes = sequence.slice(COLOUR.length, -1).split(';');
  const kept: string[] = [];
  while (codes.length > 0) {
    const code = codes.shift() ?? '';
    if (Number(code.split(':')[0]) === CONCEALED) continue;
    kept.push(code);
    if (/^0*[345]8$/.test(code)) kept.push(...codes.splice(0, EXTENDED[codes[0] ?? ''] ?? 0));
  }
  return kept.length === 0 ? '' : `${COLOUR}${kept.join(';')}m`;
}

// In an escape sequence that is not a colour only the escape character is removed: the rest is ordinary text.
const ACTS = new RegExp(`\u001b\\[[\\d;:]{0,32}m|[${ACTING_IN_OUTPUT}]`, 'gu');
