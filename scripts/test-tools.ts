/** Every program that tests run beside Node, and the Debian package that brings it. */
export const TEST_TOOLS = {
  bash: 'bash',
  busybox: 'busybox',
  chromium: 'chromium',
  'chromium-headless-shell': 'chromium-headless-shell',
  dash: 'dash',
  faketime: 'faketime',
  fish: 'fish',
  git: 'git',
  gpg: 'gnupg',
  haproxy: 'haproxy',
  ip: 'iproute2',
  mmdebstrap: 'mmdebstrap',
  nix: 'nix-bin',
  nsenter: 'util-linux',
  openssl: 'openssl',
  perl: 'perl',
  // Debian keeps the server's own programs out of PATH.
  pg_ctlcluster: 'postgresql',
  plistutil: 'libplist-utils',
  ps: 'procps',
  script: 'bsdutils',
  'ssh-keygen': 'openssh-client',
  strace: 'strace',
  'systemd-analyze': 'systemd',
  'systemd-nspawn': 'systemd-container',
  unshare: 'util-linux',
  zsh: 'zsh',
} as const;

export type TestTool = keyof typeof TEST_TOOLS;
