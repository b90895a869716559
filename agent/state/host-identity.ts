import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Os } from '../../shared/model/host.ts';

/** The sources of this machine's identity. Tests pose as any machine. */
export type IdentitySources = {
  os: NodeJS.Platform;
  arch: string;
  /** The file's text; throws if it cannot be read. */
  readText(path: string): string;
  /** The program's stdout; throws if it fails. Run once at the start, never in a heartbeat. */
  run(program: string, args: readonly string[]): string;
};

export const thisHost: IdentitySources = {
  os: process.platform,
  arch: process.arch,
  readText: (path) => readFileSync(path, 'utf8'),
  run: (program, args) => execFileSync(program, args, { encoding: 'utf8', timeout: 5000 }),
};

/** Differs from boot to boot and stays the same in between; throws if the system has none. */
export function readBootId(sources: IdentitySources): string {
  const text =
    sources.os === 'darwin'
      ? sources.run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])
      : sources.readText('/proc/sys/kernel/random/boot_id');
  return text.trim().toLowerCase();
}

/** The operating system's own name and version; empty where it gives none. */
export function readOs(sources: IdentitySources): Os {
  const { os, arch } = sources;
  if (os === 'darwin') {
    const plist = readOr(sources, '/System/Library/CoreServices/SystemVersion.plist');
    const value = (key: string) => new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(plist)?.[1] ?? '';
    return { name: value('ProductName') || 'macOS', version: value('ProductVersion'), arch };
  }
  const release = readOr(sources, '/etc/os-release') || readOr(sources, '/usr/lib/os-release');
  const value = (key: string) => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(release)?.[1] ?? '';
  return { name: value('NAME') || os, version: value('VERSION_ID'), arch };
}

function readOr(sources: IdentitySources, path: string): string {
  try {
    return sources.readText(path);
  } catch {
    return '';
  }
}
