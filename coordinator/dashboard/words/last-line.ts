const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

/** Sequences that act on a terminal: CSI, OSC, and what has one letter. */
const SEQUENCES = new RegExp(
  `${ESCAPE}(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)|.)`,
  'g',
);

/** The last line with anything in it, without what acts on a terminal; of a line that was drawn over, what was drawn last. */
export function lastLine(bytes: Uint8Array | undefined): string {
  const text = new TextDecoder().decode(bytes).replace(SEQUENCES, '');
  return (
    text
      .split(/[\r\n]+/)
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}
