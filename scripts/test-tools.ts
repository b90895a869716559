/** What tests run beside Node, and the Debian package that brings each. */
export const TEST_TOOLS: readonly (readonly [tool: string, debianPackage: string])[] = [
  ['chromium', 'chromium'],
  ['faketime', 'faketime'],
  ['fish', 'fish'],
  ['git', 'git'],
  ['mmdebstrap', 'mmdebstrap'],
  ['nix', 'nix-bin'],
  ['plistutil', 'libplist-utils'],
  ['ps', 'procps'],
  ['strace', 'strace'],
  ['systemd-nspawn', 'systemd-container'],
  ['zsh', 'zsh'],
];
