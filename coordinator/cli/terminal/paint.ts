import type { Look, Shape, Tone } from '../../../shared/looks/looks.ts';
import { styled } from './style.ts';

export type Paint = {
  tone(tone: Tone, text: string): string;
  /** The shape of a state, in its colour. */
  shape(look: Pick<Look, 'shape' | 'tone'>): string;
  /** For what the eye should find first. */
  strong(text: string): string;
  /** For what the eye should skip. */
  faint(text: string): string;
};

/** One column wide each. */
const GLYPHS: Readonly<Record<Shape, string>> = {
  check: '✓',
  half: '◐',
  clock: '◷',
  triangle: '▲',
  cross: '✕',
  question: '?',
  square: '■',
  slash: '–',
  dash: '–',
  dot: '·',
};

const CODES: Readonly<Record<Tone, number>> = { ok: 32, working: 36, attention: 33, error: 31, unknown: 37, quiet: 90 };

export function createPaint(hasColour: boolean): Paint {
  const sgr = (code: number, text: string) => (hasColour ? styled(code, text) : text);
  const tone = (of: Tone, text: string) => sgr(CODES[of], text);
  return {
    tone,
    shape: (look) => tone(look.tone, GLYPHS[look.shape]),
    strong: (text) => sgr(1, text),
    faint: (text) => sgr(90, text),
  };
}
