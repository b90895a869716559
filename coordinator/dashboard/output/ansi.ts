import Anser from 'anser';
import { PLAIN, penAfter, takeUp } from './pen.ts';

/** A stretch of a line in one style; `look` is a list of class names, the text is plain. */
export type Segment = { text: string; look: string };

/** OSC and other strings, control sequences but colours, lone escapes, and control characters: none of them acts. */
const INERT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be taken out
  /\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-ln-~]|\x1b(?!\[)[ -/]*[0-~]?|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g;

/** Splits a line into stretches; colours are remapped to eight that are readable on every background. */
export function segmentsOf(line: string): Segment[] {
  const text = lastWritten(line).replace(INERT, '');
  if (!text.includes('\x1b')) return [{ text, look: '' }];
  return Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true }).map((part) => ({
    text: part.content,
    look: looksOf(part).join(' '),
  }));
}

/** The text that a terminal would show last of an overwritten line, in the styles opened before. */
function lastWritten(line: string): string {
  const whole = line.replace(/\r+$/, '');
  const at = whole.lastIndexOf('\r') + 1;
  return takeUp(penAfter(PLAIN, whole.slice(0, at), 0), 0) + whole.slice(at);
}

type Part = ReturnType<typeof Anser.ansiToJson>[number];

function looksOf({ fg, bg, fg_truecolor, decorations }: Part): string[] {
  const looks: string[] = [];
  const colour = colourOf(fg, fg_truecolor);
  if (colour !== null) looks.push(`ansi-${colour}`);
  // The contrast of two free colours is unknown.
  if (bg || decorations.includes('reverse')) looks.push('ansi-inverse');
  for (const one of ['bold', 'italic', 'underline', 'dim', 'strikethrough'] as const)
    if (decorations.includes(one)) looks.push(`ansi-${one}`);
  return looks;
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
const CUBE = [0, 95, 135, 175, 215, 255];

function colourOf(name: string | null, truecolor: string | null): string | null {
  if (!name) return null;
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (name === 'ansi-truecolor' && truecolor) return nearest(truecolor.split(',').map(Number));
  if (palette === undefined) return NAMES.find((one) => name.endsWith(one)) ?? null;
  const n = Number(palette);
  if (n >= 232) return 'white';
  const at = n - 16;
  return nearest([Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => CUBE[step] ?? 0));
}

/** The named colour with the same parts of red, green and blue. */
function nearest(rgb: readonly number[]): string {
  const most = Math.max(...rgb);
  const least = Math.min(...rgb);
  if (most - least < 40) return most < 128 ? 'black' : 'white';
  const threshold = (most + least) / 2;
  const bits = rgb.reduce((sum, part, at) => sum + (part > threshold ? 2 ** at : 0), 0);
  return NAMES[bits] ?? 'white';
}
