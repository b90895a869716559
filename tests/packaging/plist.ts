import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function element(value: unknown): string {
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>';
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (Array.isArray(value)) return `<array>${value.map(element).join('')}</array>`;
  if (typeof value !== 'object' || value === null) throw new Error(`a property list has no ${value}`);
  // As nix-darwin and home-manager do: sorted by name, without nulls.
  const entries = Object.entries(value)
    .filter(([, one]) => one !== null)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `<dict>${entries.map(([key, one]) => `<key>${escaped(key)}</key>${element(one)}`).join('')}</dict>`;
}

/** A value as the XML of a property list. */
export const toPlist = (value: unknown): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">${element(value)}</plist>\n`;

/** A property list as plistutil understands it: converted to the binary form and back. Throws if it is invalid. */
export function understood(xml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'plist-'));
  const [given, binary, back] = ['given', 'binary', 'back'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    writeFileSync(given, xml);
    // Its exit status is 0 even if it fails: only the missing file shows it.
    execFileSync('plistutil', ['-i', given, '-f', 'bin', '-o', binary], { stdio: 'ignore' });
    execFileSync('plistutil', ['-i', binary, '-f', 'xml', '-o', back], { stdio: 'ignore' });
    return readFileSync(back, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
