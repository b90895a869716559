/**
 * A folder below another, without `.` and double slashes; '' for that folder itself. Undefined if the text is absolute, leads up,
 * is blank, or holds characters that no folder name should (control characters).
 */
export function parseRelativeFolder(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (text.trim() === '' || /[\u0000-\u001f\u007f]/.test(text) || text.startsWith('/')) return undefined;
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  return names.includes('..') ? undefined : names.join('/');
}
