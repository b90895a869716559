const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

/** Terminal control sequences: CSI, OSC and single letters. */
const SEQUENCES = new RegExp(
  `${ESCAPE}(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)|.)`,
  'g',
);

/** The last non-empty line, without control sequences. Of an overwritten line, the text drawn last. */
export function lastLine(bytes: Uint8Array | undefined): string {
  const text = new TextDecoder().decode(bytes).replace(SEQUENCES, '');
  return (
    text
      .split(/[\r\n]+/)
      .findLast((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}
